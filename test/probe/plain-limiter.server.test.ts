import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { createLimiter, type Limiter, memoryStore, redisStore } from "../../src/limiter/index.js";
import type { ProbeFlags } from "../../src/probe/options.js";
import { FlakyStore } from "../limiter/flaky-store.js";
import { doubtIds, short } from "../support/events.js";
import { type Gateway, json, startGateway } from "../support/gateway-stub.js";
import { KEY, type Plain, startPlain } from "../support/plain-server.js";
import { runProbe } from "../support/probe-session.js";

let server: PrivateRedis;
const open: Redis[] = [];
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Where many tests run at once Redis may take its time. */
const LONG_TIMEOUT = { timeoutMs: 1000 };
const limiters: Limiter[] = [];
const gateways: Gateway[] = [];
afterEach(async () => {
  for (const one of gateways.splice(0)) await one.stop();
  for (const one of limiters.splice(0)) await one.close();
  for (const one of open.splice(0)) one.disconnect();
});

function limiterOn(store: "memory" | "redis", ttlMs = 15_000): Limiter {
  if (store === "redis") open.push(new Redis(server.url));
  const limiter = createLimiter({
    store: store === "redis" ? redisStore(open.at(-1) as Redis, LONG_TIMEOUT) : memoryStore(),
    ttlMs,
  });
  limiters.push(limiter);
  return limiter;
}

/** A gateway that lets as many calls of a key through to its upstream as our own limiter says. */
async function gatewayWith(limiter: Limiter, name: string, limit = 3): Promise<{ url: string; upstream: Plain }> {
  const upstream = await startPlain({ pieces: 20 });
  const gateway = await startGateway(async (response, { path, body }) => {
    if (body === null) return json(response, 404, { error: { message: "no such path" } });
    const result = await limiter.run(name, limit, async (signal) => {
      const answer = await fetch(`${upstream.url}${path}`, { method: "POST", body: JSON.stringify(body), signal });
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      for await (const chunk of answer.body ?? []) response.write(chunk);
    });
    if (result.status === "granted") return void response.end();
    json(response, 429, { error: { message: "busy" } }, { "retry-after": `${Math.ceil(result.retryAfterMs / 1000)}` });
  });
  gateways.push(gateway, upstream);
  return { url: gateway.url, upstream };
}

const probe = (baseUrl: string, flags: Partial<ProbeFlags> = {}) =>
  runProbe("chat", { baseUrl, key: KEY, flags: { model: "m", limit: "3", stream: true, ...flags } });

describe("a gateway that uses our own limiter", () => {
  it.each(["memory", "redis"] as const)("with the %s store is judged healthy by its answers", async (store) => {
    const { url, upstream } = await gatewayWith(limiterOn(store), `healthy-${store}`);
    const { document, exit } = await probe(url, { rounds: "2" });
    expect(document && short(document.verdict)).toBe("healthy");
    expect(exit).toBe(EXIT.done);
    expect(document?.requests).toMatchObject({ sent: 16, ok: 14, rejected: 2 });
    expect(upstream.most()).toBe(3);
  });

  it("is judged healthy where Redis is named too, for there is nothing of LiteLLM's in it", async () => {
    const { url } = await gatewayWith(limiterOn("redis"), "named");
    const flags = { model: "m", limit: "3", stream: true };
    const { document } = await runProbe("chat", { baseUrl: url, key: KEY, redisUrl: server.url, flags });
    expect(document && short(document.verdict)).toBe("healthy");
    expect(document && doubtIds(document.verdict)).toEqual(expect.arrayContaining(["not-litellm", "other-redis"]));
  });

  it("that allows more than was said over-admits", async () => {
    const { url } = await gatewayWith(limiterOn("redis"), "more", 5);
    const { document } = await probe(url);
    expect(document && short(document.verdict)).toBe("finding over-admission");
  });

  it("is never said to lose the slot of a holder that crashed, and is healthy once that has ended by itself", async () => {
    const connection = new Redis(server.url);
    open.push(connection);
    const store = new FlakyStore(redisStore(connection, LONG_TIMEOUT));
    const crashed = createLimiter({ store, ttlMs: 4000 });
    limiters.push(crashed);
    const { url } = await gatewayWith(limiterOn("redis", 4000), "crash");
    expect((await crashed.acquire("crash", 3)).status).toBe("granted");
    store.fault = "unsent";
    const during = await probe(url, { settle: "5500ms" });
    expect(during.document?.verdict.findings.map(({ kind }) => kind)).not.toContain("leak");
    expect(during.exit).toBe(EXIT.inconclusive);
    const after = await probe(url);
    expect(after.document && short(after.document.verdict)).toBe("healthy");
  });
});
