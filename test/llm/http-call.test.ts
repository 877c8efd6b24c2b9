import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/config/clock.js";
import { freePort } from "../../src/lab/redis.js";
import { abortListeners } from "../../src/llm/abort-listeners.js";
import type { CallResult } from "../../src/llm/call-result.js";
import type { AbortAfter, CallLimits } from "../../src/llm/encode-request.js";
import { type EndpointName, endpoints } from "../../src/llm/endpoints/index.js";
import { makeCall } from "../../src/llm/http-call.js";
import { StartBarrier } from "../../src/llm/start-barrier.js";
import { type Answerer, DONE, eventStream, type Gateway, json, piece, startGateway } from "../support/gateway-stub.js";

const LIMITS: CallLimits = { connectMs: 2000, firstByteMs: 2000, totalMs: 5000 };
const KEY = "sk-under-test-0123456789";

let gateway: Gateway | undefined;
afterEach(() => gateway?.stop());

interface Asked {
  endpoint?: EndpointName;
  stream?: boolean;
  abortAfter?: AbortAfter | null;
  limits?: Partial<CallLimits>;
  signal?: AbortSignal;
  barrier?: StartBarrier;
}

async function callAt(answer: Answerer, asked: Asked = {}): Promise<CallResult> {
  gateway = await startGateway(answer);
  return callTo(gateway.url, asked);
}

function callTo(
  baseUrl: string,
  { endpoint = "chat", stream = false, abortAfter = null, limits, signal, barrier }: Asked,
) {
  const body = endpoints[endpoint].body({ model: "m", prompt: "hello", maxTokens: 16, stream });
  return makeCall(
    { baseUrl, endpoint: endpoints[endpoint], key: KEY, body, abortAfter, limits: { ...LIMITS, ...limits } },
    { clock: systemClock, origin: systemClock.monotonic(), signal: signal ?? new AbortController().signal, barrier },
  );
}

const slowStream: Answerer = async (response) => {
  eventStream(response);
  for (let at = 0; at < 20 && !response.destroyed; at++) {
    response.write(piece("hi "));
    await sleep(25);
  }
  response.end(DONE);
};

describe("a call that is answered", () => {
  it("is completed, and says what the headers told", async () => {
    const headers = { "x-litellm-version": "1.109.1", "x-ratelimit-api_key-limit-max_parallel_requests": "7" };
    const result = await callAt((response) => json(response, 200, { id: "1" }, headers));
    expect(result).toMatchObject({
      ending: "completed",
      status: 200,
      version: "1.109.1",
      limitHeader: 7,
      rejection: null,
      error: null,
      cached: false,
      events: 0,
    });
    expect(result.firstTokenMs).toBeNull();
  });

  it("keeps the order of its times", async () => {
    const result = await callAt(slowStream, { stream: true });
    expect(result).toMatchObject({ ending: "completed", events: 20 });
    const { sentMs, headersMs, firstByteMs, firstTokenMs, lastTokenMs, lastByteMs, endedMs } = result;
    const order = [sentMs, headersMs, firstByteMs, firstTokenMs, lastTokenMs, lastByteMs, endedMs].map(Number);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(Number(lastByteMs) - Number(firstByteMs)).toBeGreaterThan(400);
    const gap = Number(result.longestGapMs);
    expect(gap).toBeGreaterThanOrEqual((Number(lastTokenMs) - Number(firstTokenMs)) / 19);
    expect(gap).toBeLessThan(Number(lastTokenMs) - Number(firstTokenMs));
  });

  it("has its first token when the bytes of the first content event came, not before", async () => {
    const result = await callAt(
      async (response) => {
        eventStream(response).write(`data: ${JSON.stringify({ choices: [{ delta: { role: "assistant" } }] })}\n\n`);
        await sleep(120);
        response.write(piece("hi").slice(0, 10));
        await sleep(120);
        response.end(piece("hi").slice(10) + DONE);
      },
      { stream: true },
    );
    expect(Number(result.firstTokenMs) - Number(result.firstByteMs)).toBeGreaterThan(200);
    expect(result.events).toBe(1);
  });

  it("is read from its first event on, also behind a byte order mark and in torn characters", async () => {
    const bytes = Buffer.from(`\ufeff${piece("h\u00e9")}${piece("llo")}${DONE}`);
    const result = await callAt(
      async (response) => {
        eventStream(response);
        for (const byte of bytes.subarray(0, 60)) {
          response.write(Uint8Array.of(byte));
          await sleep(1);
        }
        response.end(bytes.subarray(60));
      },
      { stream: true },
    );
    expect(result).toMatchObject({ ending: "completed", events: 2 });
  });

  it("is known to come from a cache by its header", async () => {
    const result = await callAt((response) => json(response, 200, {}, { "x-litellm-cache-key": "k" }));
    expect(result.cached).toBe(true);
  });

  it.each(["chat", "messages", "responses", "completions"] as const)("carries the key as %s wants it", async (name) => {
    await callAt((response) => json(response, 200, {}), { endpoint: name });
    const [request] = gateway?.received ?? [];
    expect(request?.path).toBe(endpoints[name].path);
    expect(request?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(request?.headers["x-api-key"]).toBe(name === "messages" ? KEY : undefined);
    expect(request?.headers["anthropic-version"]).toBe(name === "messages" ? "2023-06-01" : undefined);
  });
});

describe("calls of a burst", () => {
  it("are sent in one moment, when the last of them is connected", async () => {
    gateway = await startGateway((response) => json(response, 200, {}));
    const { url } = gateway;
    const barrier = new StartBarrier(3, 2000);
    const two = [callTo(url, { barrier }), callTo(url, { barrier })];
    await sleep(150);
    expect(gateway.received).toHaveLength(0);
    const last = await callTo(url, { barrier });
    expect((await Promise.all(two)).map(({ ending }) => ending)).toEqual(["completed", "completed"]);
    expect(last.ending).toBe("completed");
  });

  it("do not wait for ever for one that cannot be connected", async () => {
    gateway = await startGateway((response) => json(response, 200, {}));
    expect((await callTo(gateway.url, { barrier: new StartBarrier(2, 100) })).ending).toBe("completed");
  });
});

describe("a call that goes wrong", () => {
  it("is refused by a 429 and keeps its words", async () => {
    const message =
      "Rate limit exceeded for api_key: x. Limit type: max_parallel_requests. Current limit: 3, Remaining: 0";
    const result = await callAt((response) => json(response, 429, { error: { message } }));
    expect(result).toMatchObject({
      ending: "refused",
      status: 429,
      rejection: { source: "parallel-limit", limit: 3, message },
    });
  });

  it("has failed with any other status", async () => {
    const result = await callAt((response) => json(response, 500, { error: { message: "upstream error 500" } }));
    expect(result).toMatchObject({ ending: "failed", status: 500, error: "upstream error 500", rejection: null });
  });

  it("has failed when a web page came", async () => {
    const result = await callAt(
      (response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    );
    expect(result).toMatchObject({ ending: "failed", error: "answered with text/html: this is no API" });
  });

  it("is cut when the stream lacks its last event", async () => {
    const result = await callAt((response) => void eventStream(response).end(piece("hi")), { stream: true });
    expect(result).toMatchObject({ ending: "cut", events: 1 });
  });

  it("is broken when the connection dies in the middle", async () => {
    const result = await callAt(
      async (response) => {
        eventStream(response).write(piece("hi"));
        await sleep(50);
        response.destroy();
      },
      { stream: true },
    );
    expect(result).toMatchObject({ ending: "broken", events: 1, status: 200 });
    expect(result.error).toBeTruthy();
  });

  it("is broken when nobody listens", async () => {
    const result = await callTo(`http://127.0.0.1:${await freePort()}`, {});
    expect(result).toMatchObject({ ending: "broken", status: null, headersMs: null });
    expect(result.error).toContain("ECONNREFUSED");
  });
});

describe("a call that we end", () => {
  it("is left after so many content events", async () => {
    const result = await callAt(slowStream, { stream: true, abortAfter: { events: 3 } });
    expect(result).toMatchObject({ ending: "aborted", events: 3, status: 200, error: null });
    await expect.poll(() => gateway?.received[0]?.left).toBe(true);
  });

  it("is left before the first byte after so long", async () => {
    const result = await callAt(() => sleep(3000), { abortAfter: { ms: 100 } });
    expect(result).toMatchObject({ ending: "aborted", firstByteMs: null, status: null });
    expect(result.endedMs - result.sentMs).toBeGreaterThan(95);
    expect(result.endedMs - result.sentMs).toBeLessThan(1000);
    await expect.poll(() => gateway?.received[0]?.left).toBe(true);
  });

  it("is completed when it ends before it would be left", async () => {
    const result = await callAt((response) => json(response, 200, {}), { abortAfter: { ms: 1000 } });
    expect(result.ending).toBe("completed");
  });

  it.each([
    ["first byte", { firstByteMs: 100 }, () => sleep(3000), "no first byte within 100 ms"],
    ["whole", { totalMs: 150 }, slowStream, "not done within 150 ms"],
  ] as const)("times out for its %s", async (_what, limits, answer, error) => {
    const result = await callAt(answer, { stream: true, limits });
    expect(result).toMatchObject({ ending: "timeout", error });
  });

  it("does not count a slow stream as a late first byte", async () => {
    const result = await callAt(slowStream, { stream: true, limits: { firstByteMs: 200 } });
    expect(result.ending).toBe("completed");
  });

  it("times out for its connection", async () => {
    // It takes connections and never answers the TLS greeting.
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const result = await callTo(`https://127.0.0.1:${port}`, { limits: { connectMs: 100 } });
    silent.close();
    expect(result.error).toBe("no connection within 100 ms");
    expect(result).toMatchObject({ ending: "timeout", status: null });
  });

  it("is interrupted at once by the signal, also before it began", async () => {
    const control = new AbortController();
    setTimeout(() => control.abort(), 80);
    const result = await callAt(() => sleep(3000), { signal: control.signal });
    expect(result).toMatchObject({ ending: "interrupted", status: null });
    expect(abortListeners(control.signal).size).toBe(0);
    const none = await callTo(gateway?.url ?? "", { signal: AbortSignal.abort() });
    expect(none.ending).toBe("interrupted");
    expect(gateway?.received).toHaveLength(1);
  });
});
