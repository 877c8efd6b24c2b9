// The server of bench/probe.ts, in its own process: parses just enough of a request to find its end, and answers like a
// gateway. Ends with its parent.
import { createServer, type Socket } from "node:net";

const message = { role: "assistant", content: "Hello! How can I help you today?" };
const body = JSON.stringify({
  id: "chatcmpl-4be1c0d2a1",
  object: "chat.completion",
  created: 1_764_000_000,
  model: "bench",
  choices: [{ index: 0, message, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
});
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-litellm-version: 1.95.0\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
);
const streamHead =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-litellm-version: 1.95.0\r\ntransfer-encoding: chunked\r\n\r\n";
const piece = { id: "chatcmpl-4be1c0d2a1", object: "chat.completion.chunk", model: "bench" };
const event = `data: ${JSON.stringify({ ...piece, choices: [{ index: 0, delta: { content: " hello" } }] })}\n\n`;
const chunk = Buffer.from(`${event.length.toString(16)}\r\n${event}\r\n`);
const lastEvent = "data: [DONE]\n\n";
const streamEnd = `${lastEvent.length.toString(16)}\r\n${lastEvent}\r\n0\r\n\r\n`;

/** Open streams; each gets an event a tick. */
const streams = new Set<Socket>();

function serve(socket: Socket): void {
  let rest = "";
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => streams.delete(socket));
  socket.on("data", (bytes) => {
    rest += bytes.toString("latin1");
    for (;;) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(rest)?.[1] ?? 0);
      if (rest.length < end + 4 + length) return;
      const streamed = rest.includes('"stream":true');
      rest = rest.slice(end + 4 + length);
      if (streamed) {
        socket.write(streamHead);
        streams.add(socket);
      } else socket.write(answer);
    }
  });
}

const server = createServer(serve);
server.listen({ port: 0, host: "127.0.0.1", backlog: 16_384 }, () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : undefined });
});

/** `{ everyMs }` sends an event to every stream now and then, a tenth of them at a time; `{ end: true }` ends them. */
process.on("message", ({ everyMs, end }: { everyMs?: number; end?: boolean }) => {
  if (end) for (const socket of streams) socket.write(streamEnd);
  if (end) streams.clear();
  if (everyMs === undefined) return;
  let part = 0;
  setInterval(() => {
    part = (part + 1) % 10;
    let at = 0;
    for (const socket of streams) if (at++ % 10 === part) socket.write(chunk);
  }, everyMs / 10);
});
process.on("disconnect", () => process.exit());
