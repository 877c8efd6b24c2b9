import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redisFrom } from "../../src/config/redis.js";
import type { RedisSettings } from "../../src/config/settings.js";
import { readKey } from "../../src/litellm/counters/read.js";
import { readLimiterKeys } from "../../src/litellm/counters/scan.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { shapeOf } from "../../src/litellm/shapes/index.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { scanKeys } from "../../src/redis/scan.js";
import { loadScript, runScript } from "../../src/redis/scripts.js";
import { collect } from "../support/collect.js";
import { findValkey, TOPOLOGIES, type Topology } from "../support/redis-topologies.js";

const names = Object.keys(TOPOLOGIES);
const valkey = await findValkey();
if (!valkey) console.log("not run: a Valkey server (no valkey-server on this machine)");

const settingsOf = (env: Readonly<Record<string, string>>) => redisFrom({}, env, undefined) as RedisSettings;
const hash = (at: number) => ownerOfSecret(`sk-${at}`);
const MINUTE = "2026-11-23-02-28";
const KEYS = 300;
const expected = Array.from({ length: KEYS }, (_, at) =>
  at % 3 === 2 ? `prod:${hash(at)}::${MINUTE}::request_count` : parallelKey(hash(at), at % 2 ? "prod" : null),
);

describe.each(names.filter((name) => valkey || name !== "a Valkey server"))("on %s", (name) => {
  let topology: Topology;
  let redis: RedisConnection;

  beforeAll(async () => {
    topology = await (TOPOLOGIES[name] as () => Promise<Topology>)();
    const writer = await connectRedis(settingsOf(topology.writer ?? topology.env), { timeoutMs: 5000 });
    for (const [at, key] of expected.entries()) {
      if (at % 3 === 0) await writer.client.zadd(key, 1_790_000_000, "a".repeat(32), 1_790_000_005, `${at}`);
      if (at % 3 === 1) await writer.client.set(key, "3");
      if (at % 3 === 2) await writer.client.set(key, '{"current_requests": 2}', "EX", 60);
      await writer.client.set(`unrelated:${at}`, "1");
    }
    await writer.close();
    redis = await connectRedis(settingsOf(topology.env), { timeoutMs: 5000 });
  }, 60_000);
  afterAll(async () => {
    await redis?.close();
    await topology?.stop();
  });

  test("finds every limiter key once, with its shape, calls in flight and age", async () => {
    const keys = await collect(readLimiterKeys(redis, { slots: 1 }));
    expect(keys.map((key) => key.name.name).sort()).toEqual([...expected].sort());
    for (const { name: keyName, reading } of keys) {
      const shape = shapeOf(keyName, reading);
      const at = expected.indexOf(keyName.name) % 3;
      expect([shape?.kind, shape?.held(reading)]).toEqual(
        [
          ["slots", 2],
          ["windowed", 3],
          ["minute", 2],
        ][at],
      );
      expect(reading.members).toHaveLength(at === 0 ? 1 : 0);
      expect(reading.ttlMs === -1).toBe(at !== 2);
      expect(Math.abs(reading.timeMs - Date.now())).toBeLessThan(60_000);
    }
  });

  test("scans names by a glob, each once", async () => {
    const found = (await collect(scanKeys(redis, "unrelated:*", 10))).flat();
    expect(found).toHaveLength(KEYS);
    expect(new Set(found).size).toBe(KEYS);
  });

  test("runs a script where its key is, also where the script is new", async () => {
    const script = loadScript(new URL("../../src/litellm/counters/read.ts", import.meta.url).href, "read");
    const fresh = { ...script, source: `${script.source}-- ${name}\n`, sha: "0".repeat(40) };
    for (const at of [0, 3, 6, 9, 12]) {
      const [type] = (await runScript(redis.client, fresh, [expected[at] as string], [1])) as string[];
      expect(type).toBe("zset");
      const reading = await readKey(redis.client, expected[at] as string);
      expect(reading).toMatchObject({ type: "zset", size: 2, members: [{ score: 1_790_000_000 }, { id: `${at}` }] });
    }
  });

  test("says where it is without any password", () => {
    expect(redis.address).toMatch(/^(rediss?|unix)(\+sentinel|\+cluster)?:\/\//);
    expect(redis.address).not.toContain("password");
  });
});
