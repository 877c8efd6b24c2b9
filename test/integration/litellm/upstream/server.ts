import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { chat } from "./chat.js";
import { completions } from "./completions.js";
import { messages } from "./messages.js";
import { type OrderBody, orderOf } from "./order.js";
import { responses } from "./responses.js";
import type { Event, Shape } from "./shape.js";

/** A stand-in model provider on loopback that does what the prompt says, and counts what it really served. */
export interface Upstream {
  readonly url: string;
  /** The ground truth of every test of a limit: calls open now, most at once, and calls seen, since the last `reset`. */
  readonly stats: { inFlight: number; peak: number; seen: number };
  reset(): void;
  stop(): Promise<void>;
}

const shapes: Record<string, Shape> = {
  "/v1/chat/completions": chat,
  "/v1/completions": completions,
  "/v1/messages": messages,
  "/v1/responses": responses,
};

const frame = ([name, data]: Event) =>
  `${name ? `event: ${name}\n` : ""}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

async function answer(response: ServerResponse, shape: Shape, body: OrderBody): Promise<void> {
  const order = orderOf(body);
  if (order.hang) return;
  await sleep(order.wait);
  if (order.status !== 200) return void json(response, order.status, shape.error(order.status));
  if (!body.stream) return void json(response, 200, shape.whole(body.model));
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of shape.start(body.model)) response.write(frame(event));
  for (let piece = 0; piece < order.chunks && !response.destroyed; piece++) {
    for (const event of shape.piece(body.model)) response.write(frame(event));
    if (order.cut && piece >= order.chunks / 2) return void response.destroy();
    await sleep(order.gap);
  }
  for (const event of shape.end(body.model)) response.write(frame(event));
  response.end();
}

/** Starts it on a free port. A call counts as in flight until its connection is done with it. */
export async function startUpstream(): Promise<Upstream> {
  const stats = { inFlight: 0, peak: 0, seen: 0 };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const shape = shapes[request.url?.split("?")[0] ?? ""];
    if (!shape) return void response.writeHead(404).end();
    const text = Buffer.concat(await request.toArray()).toString();
    stats.seen++;
    stats.peak = Math.max(stats.peak, ++stats.inFlight);
    response.on("close", () => stats.inFlight--);
    await answer(response, shape, JSON.parse(text));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => response.destroy(error));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stats,
    reset() {
      stats.peak = stats.inFlight;
      stats.seen = 0;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
