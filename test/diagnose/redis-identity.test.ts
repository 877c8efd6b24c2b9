import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { compareConfigured, compareRedis } from "../../src/diagnose/facts/redis-identity.js";
import { known, notConfigured } from "../../src/diagnose/lookup.js";
import { describeCache, describeCoordination } from "../../src/litellm/api/cache.js";
import { LitellmApi } from "../../src/litellm/api/http.js";
import { startProxyStub } from "../support/proxy-stub.js";

const RUN_ID = "a".repeat(40);
const here = { address: "", version: null, runIds: [RUN_ID], maxmemory: null, policy: null, timeMs: 0 };
const settings = parseRedisUrl("redis://10.0.0.1:6379/0", "url");

/** As LiteLLM answers in each case: run on 1.79.1, 1.95.0 and 1.109.1 (test/integration/litellm/fixtures has the answers). */
const unhealthy = (why: string) => ({ status: 503, body: { detail: `Service Unhealthy (${why})` } });
const NO_CACHE = unhealthy("503: Cache not initialized. litellm.cache is None");
const LOCAL = unhealthy("500: Cache type LiteLLMCacheType.LOCAL does not support redis info");
const REFUSED = unhealthy("Error 111 connecting to 127.0.0.1:34575. Connection refused.");
const NO_RIGHT = unhealthy("User default has no permissions to run the 'info' command");
const info = (runId: string) => ({ body: { num_clients: 0, clients: [], info: { run_id: runId } } });
const source = (name: string | null, values = {}) => ({ body: { values, fields: [], source: name } });
const OLD = { status: 404, body: { detail: "Not Found" } };

test.each([
  ["no cache block, a release before 1.93", NO_CACHE, OLD, "none", /each process counts alone/],
  ["no cache block", NO_CACHE, source(null), "none", /each process counts alone/],
  ["a cache in memory", LOCAL, source(null), "none", /each process counts alone/],
  ["no cache block, REDIS_HOST in the environment", NO_CACHE, source("environment"), "untold", /of its environment/],
  ["the proxy cannot reach its Redis", REFUSED, source("cache_backend"), "away", /Connection refused.*alone/],
  ["the same, before 1.93", REFUSED, OLD, "away", /Connection refused/],
  ["the cache's Redis, by run id", info(RUN_ID), source("cache_backend"), "same", /same run id/],
  ["another Redis, by run id", info("b".repeat(40)), OLD, "other", /run id bbbbbbbb….*aaaaaaaa…/],
  [
    "a Redis of the limiter's own, by address",
    NO_CACHE,
    source("coordination_redis", { host: "10.0.0.1", port: 6379 }),
    "likely",
    /10\.0\.0\.1:6379/,
  ],
  [
    "the same beside the cache's",
    info(RUN_ID),
    source("coordination_redis", { host: "10.0.0.2", port: 6379 }),
    "unlike",
    /10\.0\.0\.2/,
  ],
  [
    "a Redis of its own that is not told, beside the cache's",
    info(RUN_ID),
    source("coordination_redis", { url: "***" }),
    "untold",
    /does not say/,
  ],
])("%s: %#", async (_, redisInfo, coordination, kind, why) => {
  const stub = await startProxyStub({
    paths: { "/cache/redis/info": redisInfo, "/coordination_redis/settings": coordination },
  });
  try {
    const api = new LitellmApi({ baseUrl: stub.baseUrl, apiKey: "sk-1", timeoutMs: 5000 });
    const told = [await describeCache(api), known(await describeCoordination(api))] as const;
    expect(compareRedis(here, settings, ...told)).toEqual({ kind, why: expect.stringMatching(why) });
    expect(stub.asked).not.toContain("/cache/ping");
  } finally {
    await stub.stop();
  }
});

test("a proxy that may not ask its Redis for INFO is no proxy whose Redis is away", async () => {
  const stub = await startProxyStub({ paths: { "/cache/redis/info": NO_RIGHT } });
  const api = new LitellmApi({ baseUrl: stub.baseUrl, apiKey: "sk-1", timeoutMs: 5000 });
  await expect(describeCache(api)).rejects.toMatchObject({ message: expect.stringMatching(/no permissions/) });
  await stub.stop();
});

test("without the right to ask where the counters live, no cache block proves nothing", () => {
  expect(compareRedis(here, settings, null, notConfigured("refused"))).toMatchObject({ kind: "untold" });
});

test("LiteLLM's configuration stands in where the proxy does not tell, by address", () => {
  expect(compareConfigured(settings, parseRedisUrl("redis://10.0.0.1", "url"), "c.yaml:3")).toEqual({
    kind: "likely",
    why: "c.yaml:3 names it",
  });
  expect(compareConfigured(settings, parseRedisUrl("redis://:hidden@10.0.0.2/1", "url"), "c.yaml:3")).toEqual({
    kind: "unlike",
    why: expect.stringMatching(/^c\.yaml:3 names redis:\/\/10\.0\.0\.2:6379\/1, and this is redis:\/\/10\.0\.0\.1/),
  });
});

test.each(["1.79.1", "1.95.0", "1.109.1"])("LiteLLM %s, as recorded, tells that its Redis is away", async (version) => {
  const file = new URL(`../integration/litellm/fixtures/redis-away-${version}.json`, import.meta.url);
  const recorded: { request: { path: string }; response: { status: number; body: string } }[] = JSON.parse(
    await readFile(file, "utf8"),
  );
  const fetch = async (url: Parameters<typeof globalThis.fetch>[0]) => {
    const found = recorded.find(({ request }) => request.path === new URL(String(url)).pathname)?.response;
    return new Response(found?.body ?? "", { status: found?.status ?? 500 });
  };
  const api = new LitellmApi({ baseUrl: "http://proxy", apiKey: "sk-1", timeoutMs: 5000, fetch });
  const told = [await describeCache(api), known(await describeCoordination(api))] as const;
  expect(compareRedis(here, settings, ...told)).toMatchObject({ kind: "away" });
});
