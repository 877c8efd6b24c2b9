import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { readLimiterKeys } from "../../src/litellm/counters/scan.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { shapeOf } from "../../src/litellm/shapes/index.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { collect } from "../support/collect.js";

let server: PrivateRedis;
let redis: RedisConnection;
const hash = ownerOfSecret("sk-a");
const counter = parallelKey(hash);

beforeAll(async () => {
  server = await startRedis();
  redis = await connectRedis(parseRedisUrl(server.url, "url"), { timeoutMs: 5000 });
});
afterAll(async () => {
  await redis?.close();
  await server?.stop();
});
beforeEach(() => redis.client.flushall());

async function readAll(options: Partial<Parameters<typeof readLimiterKeys>[1]> = {}) {
  const keys = await collect(readLimiterKeys(redis, { slots: 100, ...options }));
  return new Map(keys.map((key) => [key.name.name, { ...key, shape: shapeOf(key.name, key.reading) }]));
}

test("finds all three shapes in both namespace spellings, and nothing else", async () => {
  await redis.client.set(counter, "3");
  await redis.client.zadd(`prod:${counter}`, 1_790_000_000, "a".repeat(32));
  await redis.client.set(
    `prod:${hash}::2026-11-23-02-28::request_count`,
    '{"current_requests": 2, "current_tpm": 0, "current_rpm": 2}',
    "EX",
    60,
  );
  await redis.client.set("unrelated", "1");
  await redis.client.set(`{api_key:${hash}}:window`, "1790000000", "EX", 60);
  const keys = await readAll();
  expect(
    [...keys.values()].map(({ name, shape, reading }) => [name.namespace, shape?.kind, shape?.held(reading)]).sort(),
  ).toEqual(
    [
      ["prod", "minute", 2],
      ["prod", "slots", 1],
      [null, "windowed", 3],
    ].sort(),
  );
});

test("reads the window, requests and tokens keys only when asked to", async () => {
  await redis.client.mset(
    `{api_key:${hash}}:window`,
    "1",
    `{api_key:${hash}}:requests`,
    "1",
    "{user:u}:tokens",
    "1",
    "{team:t}:max_parallel_requests",
    "1",
  );
  expect((await readAll()).size).toBe(0);
  expect([...(await readAll({ rates: true })).values()].every(({ name }) => name.family === "rate")).toBe(true);
  expect((await readAll({ rates: true })).size).toBe(4);
});

test("ages are measured by the server's clock", async () => {
  const [seconds] = await redis.client.time();
  await redis.client.zadd(counter, Number(seconds) - 1200, "old", Number(seconds), "new");
  const key = (await readAll()).get(counter);
  const oldest = key?.shape?.oldestMs(key.reading) ?? 0;
  expect(oldest).toBeGreaterThanOrEqual(1_200_000);
  expect(oldest).toBeLessThan(1_205_000);
});

test("writes nothing", async () => {
  await redis.client.set(counter, "3");
  await redis.client.config("RESETSTAT");
  await readAll({ rates: true });
  const stats = await redis.client.info("commandstats");
  const commands = [...stats.matchAll(/cmdstat_([a-z|]+)/g)].map((match) => match[1]).sort();
  expect(
    commands.filter(
      (name) =>
        !["scan", "evalsha", "eval", "time", "type", "pttl", "get", "zrange", "config|resetstat", "info"].includes(
          name ?? "",
        ),
    ),
  ).toEqual([]);
});
