import { afterAll, beforeAll, expect, test } from "vitest";
import { redisFrom } from "../../src/config/redis.js";
import type { RedisSettings } from "../../src/config/settings.js";
import { freePort } from "../../src/lab/redis.js";
import { connectRedis } from "../../src/redis/connect.js";
import { type SentinelSetup, startSentinel } from "../support/redis-servers/sentinel.js";

const DATA = "data-server-password";
const OWN = "sentinel-own-password";
let setup: SentinelSetup;
beforeAll(async () => {
  setup = await startSentinel({ sentinel: OWN, data: DATA });
});
afterAll(() => setup?.stop());

const nodes = (...ports: number[]) => JSON.stringify(ports.map((port) => ["127.0.0.1", port]));
const connect = (env: Record<string, string>) => {
  const named = { REDIS_SENTINEL_NODES: nodes(setup.sentinelPort), REDIS_SERVICE_NAME: "limits" };
  const all = { ...named, REDIS_SENTINEL_PASSWORD: OWN, REDIS_PASSWORD: DATA, ...env };
  return connectRedis(redisFrom({}, all, undefined) as RedisSettings, { timeoutMs: 2000 });
};

test("finds the primary by any Sentinel that answers", async () => {
  const redis = await connect({ REDIS_SENTINEL_NODES: nodes(await freePort(), setup.sentinelPort) });
  expect(await redis.client.info("replication")).toContain("role:master");
  await redis.close();
});

test.each([
  [
    "a Sentinel's password",
    { REDIS_SENTINEL_PASSWORD: "another-password" },
    4,
    "redis-auth",
    "REDIS_SENTINEL_PASSWORD",
  ],
  ["the data servers' password", { REDIS_PASSWORD: "another-password" }, 4, "redis-auth", "REDIS_PASSWORD"],
  ["the service's name", { REDIS_SERVICE_NAME: "other" }, 5, "redis-service", "REDIS_SERVICE_NAME"],
  ["every Sentinel's address", { REDIS_SENTINEL_NODES: nodes(1) }, 5, "redis-unreachable", "REDIS_SENTINEL_NODES"],
])("says that %s is wrong", async (_what, env, exit, code, hint) => {
  await expect(connect(env)).rejects.toMatchObject({ exit, code, hint: expect.stringContaining(hint) });
  await expect(connect(env)).rejects.not.toThrow(/another-password/);
});

test("says that a URL names a Sentinel", async () => {
  const env = { REDIS_URL: `redis://:${OWN}@127.0.0.1:${setup.sentinelPort}` };
  await expect(connect(env)).rejects.toMatchObject({ code: "redis-sentinel", exit: 2 });
});
