import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/config/clock.js";
import type { CallResult } from "../../src/llm/call-result.js";
import { Connections } from "../../src/llm/connection.js";
import { type AbortAfter, type CallRequest, encodeRequest } from "../../src/llm/encode-request.js";
import { endpoints } from "../../src/llm/endpoints/index.js";
import { type CallEnvironment, HttpCall, makeCall } from "../../src/llm/http-call.js";
import { StartBarrier } from "../../src/llm/start-barrier.js";

/** What to do with the nth request that comes over a connection, both from 1. */
type Behaviour = (socket: Socket, request: number, connection: number) => void;

const BODY = JSON.stringify({ id: "1" });
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
const answer: Behaviour = (socket) => socket.write(ANSWER);
const stream: Behaviour = (socket) => {
  const event = `data: ${JSON.stringify({ choices: [{ delta: { content: "hi" } }] })}\n\n`;
  socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
  socket.write(`${event.length.toString(16)}\r\n${event}\r\n`);
};

let server: Server;
let connections: Connections;
let behave: Behaviour;
const requests: { connection: number }[] = [];
const open = new Set<Socket>();

beforeEach(async () => {
  requests.length = 0;
  behave = answer;
  connections = new Connections();
  let count = 0;
  server = createServer((socket) => {
    const connection = ++count;
    let request = 0;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    socket.on("data", () => {
      requests.push({ connection });
      behave(socket, ++request, connection);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  await connections.close();
  for (const socket of open) socket.destroy();
  server.close();
});

interface Asked {
  abortAfter?: AbortAfter;
  firstByteMs?: number;
  signal?: AbortSignal;
  barrier?: StartBarrier;
  own?: boolean;
}

const call = (asked?: Asked): Promise<CallResult> => makeCall(...given(asked));

function given({
  abortAfter,
  firstByteMs = 2000,
  signal,
  barrier,
  own = false,
}: Asked = {}): [CallRequest, CallEnvironment] {
  const body = endpoints.chat.body({ model: "m", prompt: "hello", maxTokens: 16, stream: false });
  return [
    {
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      endpoint: endpoints.chat,
      key: "sk-x",
      body,
      abortAfter: abortAfter ?? null,
      limits: { connectMs: 2000, firstByteMs, totalMs: 5000 },
    },
    {
      clock: systemClock,
      origin: systemClock.monotonic(),
      signal: signal ?? new AbortController().signal,
      barrier,
      connections: own ? undefined : connections,
    },
  ];
}

/** Each call is started in the moment in which the one before it ends. */
function chain(count: number): Promise<CallResult[]> {
  const [order, environment] = given();
  const request = encodeRequest(order);
  const ended: CallResult[] = [];
  return new Promise((resolve) => {
    const next = () =>
      new HttpCall(request, environment, (one) => {
        ended.push(one);
        if (ended.length < count) next();
        else resolve(ended);
      }).start();
    next();
  });
}

const endings = (results: readonly CallResult[]) => results.map(({ ending }) => ending);
const used = () => new Set(requests.map(({ connection }) => connection)).size;

describe("kept connections", () => {
  it("carry calls one after another, as many at once as there are calls", async () => {
    for (let at = 0; at < 5; at++) expect((await call()).ending).toBe("completed");
    expect(used()).toBe(1);
    for (let at = 0; at < 3; at++) await Promise.all(Array.from({ length: 4 }, () => call()));
    expect(requests).toHaveLength(17);
    expect(used()).toBe(4);
  });

  it("carry a call that is started in the moment in which one ends", async () => {
    expect(endings(await chain(50))).toEqual(Array(50).fill("completed"));
    expect(used()).toBe(1);
  });

  it("are left for a new one when the server closed them behind the answer in whose moment the next call was started", async () => {
    behave = (socket) => socket.end(ANSWER);
    const calls = await chain(10);
    expect(endings(calls)).toEqual(Array(10).fill("completed"));
    expect(used()).toBe(10);
    for (const [at, { endedMs }] of calls.slice(0, -1).entries()) {
      expect(calls[at + 1]?.sentMs).toBeGreaterThanOrEqual(endedMs);
    }
  });

  it("hide no fault of those who are told that a call has ended", async () => {
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    try {
      const thrown = once(process, "uncaughtException");
      const fault = new Error("a fault of ours");
      const [order, environment] = given();
      new HttpCall(encodeRequest(order), environment, () => {
        throw fault;
      }).start();
      expect(await thrown).toEqual([fault, "uncaughtException"]);
    } finally {
      for (const listener of listeners) process.on("uncaughtException", listener);
    }
  });

  it("are none where none were asked for", async () => {
    for (let at = 0; at < 3; at++) await call({ own: true });
    expect(used()).toBe(3);
    await expect.poll(() => open.size).toBe(0);
  });

  it("are closed in the end, also those that come back after it", async () => {
    behave = (socket) => setTimeout(() => answer(socket, 1, 1), 100);
    const late = call();
    await sleep(50);
    await connections.close();
    expect((await late).ending).toBe("completed");
    await expect.poll(() => open.size).toBe(0);
  });

  it.each([
    ["left", () => ({ abortAfter: { ms: 60 } }), "aborted"],
    ["late", () => ({ firstByteMs: 60 }), "timeout"],
    ["interrupted", () => ({ signal: AbortSignal.timeout(60) }), "interrupted"],
  ] as const)("are not used again after a call that was %s", async (_what, asked, ending) => {
    await call();
    behave = (socket, _request, connection) => {
      if (connection > 1) answer(socket, 1, 1);
    };
    expect((await call(asked())).ending).toBe(ending);
    expect(endings([await call(), await call()])).toEqual(["completed", "completed"]);
    expect(requests.map(({ connection }) => connection)).toEqual([1, 1, 2, 2]);
  });

  it("are not used again after a stream that was left in its middle", async () => {
    behave = (socket, request, connection) => (connection === 1 ? stream : answer)(socket, request, connection);
    expect(await call({ abortAfter: { events: 1 } })).toMatchObject({ ending: "aborted", events: 1 });
    expect((await call()).ending).toBe("completed");
    expect(used()).toBe(2);
  });

  it("are used again after a refusal that came whole", async () => {
    behave = (socket, request) =>
      socket.write(request === 1 ? "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 2\r\n\r\nno" : ANSWER);
    expect(endings([await call(), await call()])).toEqual(["refused", "completed"]);
    expect(used()).toBe(1);
  });

  it("are not those of which the server said that it closes them", async () => {
    behave = (socket) => socket.end(ANSWER.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
    expect(endings([await call(), await call()])).toEqual(["completed", "completed"]);
    expect(used()).toBe(2);
  });

  it("let calls of a burst wait for each other, also those that need no new connection", async () => {
    await call();
    const barrier = new StartBarrier(2, 2000);
    const first = call({ barrier });
    await sleep(100);
    expect(requests).toHaveLength(1);
    const since = performance.now();
    expect(endings(await Promise.all([first, call({ barrier })]))).toEqual(["completed", "completed"]);
    expect(performance.now() - since).toBeLessThan(1500);
    expect(used()).toBe(2);
  });
});

describe("a kept connection that the server closes", () => {
  it("is replaced when that was seen before the next call", async () => {
    await call();
    for (const socket of open) socket.end();
    await expect.poll(() => open.size).toBe(0);
    expect((await call()).ending).toBe("completed");
    expect(connections.resent).toBe(0);
  });

  it("costs the call that crosses the close a second sending, and no more than that", async () => {
    behave = (socket, request) => {
      if (request === 2) setTimeout(() => socket.destroy(), 60);
      else answer(socket, request, 1);
    };
    await call();
    const result = await call();
    expect(result).toMatchObject({ ending: "completed", status: 200, error: null });
    expect(connections.resent).toBe(1);
    expect(requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    // Its times are those of the sending that was answered.
    expect(result.sentMs).toBeGreaterThan(50);
  });

  it("breaks the call when the second sending breaks too", async () => {
    behave = (socket, request, connection) =>
      connection === 1 && request === 1 ? answer(socket, 1, 1) : socket.resetAndDestroy();
    await call();
    expect(await call()).toMatchObject({ ending: "broken", status: null });
    expect(requests).toHaveLength(3);
  });

  it("breaks the call when the request was there long before", async () => {
    behave = (socket, request) => {
      if (request === 1) answer(socket, 1, 1);
      else setTimeout(() => socket.destroy(), 700);
    };
    await call();
    expect((await call()).ending).toBe("broken");
    expect(requests).toHaveLength(2);
  });

  it("breaks the call when its answer had begun", async () => {
    behave = (socket, request) => {
      if (request === 1) answer(socket, 1, 1);
      else socket.end("HTTP/1.1 200 OK\r\ncontent-");
    };
    await call();
    expect((await call()).ending).toBe("broken");
    expect(requests).toHaveLength(2);
  });

  it("breaks the call when it was the first on its connection", async () => {
    behave = (socket) => socket.destroy();
    expect((await call()).ending).toBe("broken");
    expect(requests).toHaveLength(1);
  });
});
