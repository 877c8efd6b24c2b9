import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Clock } from "../config/clock.js";
import { Connections } from "../llm/connection.js";
import type { CallRequest } from "../llm/encode-request.js";
import { chat } from "../llm/endpoints/chat.js";
import { makeCall } from "../llm/http-call.js";
import type { Overhead } from "../runs/schema.js";

const PAIRS = 80;
/** The first calls pay for code that has not run yet, which a run has behind it. */
const WARM_UP = 8;
/** Fewer pairs show nothing. */
const ENOUGH = 10;
/** For all of it, on any machine, in milliseconds. */
const LONGEST_MS = 250;
/** Time limits of one call; the signal ends it long before. */
const LIMITS = { connectMs: 10_000, firstByteMs: 10_000, totalMs: 10_000 };

/**
 * Measures how much longer a call takes by the probe's own stamps than its bytes do. The same small request and answer
 * go alternately as a call (`endedMs` - `sentMs`) and as a bare write and read of a socket, to a server in this
 * process. Both times include the server, the kernel and Node's sockets. The rest is what undici and the probe do
 * between the first stamp and the write, and between the arrival of the answer and the last stamp. p99 includes the
 * machine's own jitter at that time.
 * Not included: what happens before the first stamp (connecting, a burst's barrier), TLS, parsing a stream's events,
 * and the queue when many answers arrive at once. A busy machine adds more to a load than to these sequential calls.
 * Takes at most `longestMs` and sends nothing to the target. Null when it was aborted or too little was measured in
 * that time.
 */
export async function measureOverhead(
  clock: Clock,
  signal: AbortSignal,
  longestMs = LONGEST_MS,
): Promise<Overhead | null> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const server = createServer(answerAll).listen(0, "127.0.0.1");
  const connections = new Connections();
  let bare: Socket | undefined;
  try {
    await once(server, "listening", { signal: until });
    const { port } = server.address() as AddressInfo;
    bare = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(bare, "connect", { signal: until });
    const call = caller(port, connections, clock, until);
    return compare(await sample(() => roundTrip(bare as Socket, clock, until), call, until));
  } catch (error) {
    if (until.aborted) return null;
    throw error;
  } finally {
    bare?.destroy();
    await connections.close();
    server.close();
  }
}

interface Pair {
  readonly bareMs: number;
  readonly callMs: number;
}

async function sample(
  bare: () => Promise<number>,
  call: () => Promise<number>,
  until: AbortSignal,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let at = 0; at < WARM_UP + PAIRS && !until.aborted; at++) {
    const pair = { bareMs: await bare(), callMs: await call() };
    if (at >= WARM_UP && !until.aborted) pairs.push(pair);
  }
  return pairs;
}

/** What the calls took beyond the bare median, in milliseconds. */
export function compare(pairs: readonly Pair[]): Overhead | null {
  if (pairs.length < ENOUGH) return null;
  const bareMs = quantile(
    pairs.map((pair) => pair.bareMs),
    0.5,
  );
  const added = pairs.map(({ callMs }) => Math.max(0, callMs - bareMs));
  return { p50Ms: quantile(added, 0.5), p99Ms: quantile(added, 0.99) };
}

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? Number.NaN;

function caller(port: number, connections: Connections, clock: Clock, signal: AbortSignal): () => Promise<number> {
  const body = chat.body({ model: "m", prompt: "hello", maxTokens: 16, stream: false });
  const order: CallRequest = {
    baseUrl: `http://127.0.0.1:${port}`,
    endpoint: chat,
    key: "sk-",
    body,
    abortAfter: null,
    limits: LIMITS,
  };
  return async () => {
    const { sentMs, endedMs } = await makeCall(order, { clock, origin: 0, signal, connections });
    return endedMs - sentMs;
  };
}

const ANSWER_BODY = JSON.stringify({
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
});
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${ANSWER_BODY.length}\r\n\r\n${ANSWER_BODY}`;
const REQUEST = "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 2\r\n\r\n{}";

/** Answers each request when all of it has arrived. */
function answerAll(socket: Socket): void {
  let text = "";
  socket.setNoDelay(true).on("error", () => socket.destroy());
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    const end = text.indexOf("\r\n\r\n");
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
    if (end < 0 || text.length < end + 4 + length) return;
    text = "";
    socket.write(ANSWER);
  });
}

/** Milliseconds from the write of a request to the last byte of its answer. */
function roundTrip(socket: Socket, clock: Clock, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    let missing = ANSWER.length;
    const since = clock.monotonic();
    socket.on("data", function take(bytes: Buffer) {
      missing -= bytes.length;
      if (missing > 0) return;
      const took = clock.monotonic() - since;
      socket.off("data", take);
      signal.removeEventListener("abort", onAbort);
      resolve(took);
    });
    signal.addEventListener("abort", onAbort, { once: true });
    socket.write(REQUEST);
  });
}
