import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../../src/lab/redis.js";
import { readKeys } from "../../../src/litellm/counters/read.js";
import { readInBulk } from "../../../src/litellm/counters/read-bulk.js";
import { type Bulk, openBulk } from "../../../src/redis/bulk.js";

let server: PrivateRedis;
let redis: Redis;
let bulk: Bulk;

beforeAll(async () => {
  server = await startRedis({ args: ["--requirepass", "pass-of-a-test"] });
  redis = new Redis({
    port: server.port,
    password: "pass-of-a-test",
    db: 3,
    protocol: 2,
    commandTimeout: 5000,
    retryStrategy: () => null,
  });
  redis.on("error", () => undefined);
  bulk = await openBulk(redis);
});
afterAll(async () => {
  bulk?.close();
  redis?.disconnect();
  await server?.stop();
});

const parallel = (id: string) => `{api_key:${id}}:max_parallel_requests`;

test("reads what the script reads: sets, numbers, minutes, other types, names that are not ASCII, and what is gone", async () => {
  const minute = "a::2026-11-23-09-40::request_count";
  await redis.zadd(parallel("set"), 1_790_000_000, "a", 1_790_000_005, "b", 1_790_000_009, "ü");
  await redis.zadd(parallel("ünïcode"), 1.5, "x", "-inf", "y");
  await redis.expire(parallel("set"), 50);
  await redis.set(parallel("number"), "-3");
  await redis.set(minute, '{"current_requests": 2}', "EX", 60);
  await redis.set(parallel("empty"), "");
  await redis.rpush(parallel("list"), "x");
  await redis.zadd(minute.replace("a::", "wrong::"), 5, "m");
  const names = ["set", "ünïcode", "number", "empty", "list", "gone"].map(parallel);
  const keys = [...names, minute, minute.replace("a::", "wrong::"), ...names];
  for (const members of [1, 2, 100]) {
    for (const kind of ["zset", "string"] as const) {
      const plain = (list: Awaited<ReturnType<typeof readKeys>>) =>
        list.map((one) => one && { ...one, timeMs: 0, ttlMs: one.ttlMs > 0 });
      const fast = await readInBulk(bulk, keys, members, { kind });
      expect(plain(fast)).toEqual(plain(await readKeys(redis, keys, members)));
      expect(Math.abs((fast[0]?.timeMs ?? 0) - Date.now())).toBeLessThan(60_000);
    }
  }
});

test("goes on with the commands that the last keys needed", async () => {
  const guess = { kind: "zset" as "zset" | "string" };
  await readInBulk(bulk, [parallel("number")], 1, guess);
  expect(guess.kind).toBe("string");
  await readInBulk(bulk, [parallel("set")], 1, guess);
  expect(guess.kind).toBe("zset");
});

test("many questions at once are answered in their order", async () => {
  const asked = Array.from({ length: 50 }, (_, at) =>
    readInBulk(bulk, at % 2 ? [parallel("set")] : [parallel("number")], 1, { kind: "zset" }),
  );
  const types = (await Promise.all(asked)).map(([one]) => one?.type);
  expect(types).toEqual(Array.from({ length: 50 }, (_, at) => (at % 2 ? "zset" : "string")));
});

test("a server that goes away ends every question with an error, and those after it", async () => {
  const other = await openBulk(redis);
  const asked = readInBulk(other, [parallel("set")], 1, { kind: "zset" });
  await asked;
  await server.kill();
  await expect(readInBulk(other, [parallel("set")], 1, { kind: "zset" })).rejects.toThrow(/closed/);
  await expect(other.ask([])).rejects.toThrow(/closed/);
});
