import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../../src/lab/redis.js";
import { type Reading, readKey, readKeys } from "../../../src/litellm/counters/read.js";

let server: PrivateRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});
beforeEach(() => redis.flushall());

test("reads a number with its time to live, as Redis has it", async () => {
  await redis.set("n", "5");
  expect(await readKey(redis, "n")).toMatchObject({
    key: "n",
    type: "string",
    value: "5",
    ttlMs: -1,
    size: 0,
    members: [],
  });
  await redis.pexpire("n", 60_000);
  const { ttlMs } = await readKey(redis, "n");
  expect(ttlMs).toBeGreaterThan(59_000);
  expect(ttlMs).toBeLessThanOrEqual(60_000);
});

test("reads slots oldest first, as many as asked for, and how many there are", async () => {
  await redis.zadd("z", 300, "c", 100, "a", 200, "b");
  const whole = await readKey(redis, "z");
  expect(whole).toMatchObject({ type: "zset", value: "", size: 3 });
  expect(whole.members).toEqual([
    { id: "a", score: 100 },
    { id: "b", score: 200 },
    { id: "c", score: 300 },
  ]);
  expect((await readKey(redis, "z", 1)).members).toEqual([{ id: "a", score: 100 }]);
  expect(await readKey(redis, "z", 0)).toMatchObject({ size: 3, members: [] });
});

test("makes a time of every score, also of those that no release writes", async () => {
  await redis.zadd("z", "-inf", "a", -5, "b", 1_790_000_000.5, "c", "1e18", "d", "+inf", "e");
  const scores = [0, 0, 1_790_000_000.5, 253_402_300_799, 253_402_300_799];
  const [many] = await readKeys(redis, ["z"], 10);
  for (const reading of [await readKey(redis, "z"), many]) {
    expect(reading?.members.map(({ score }) => score)).toEqual(scores);
    for (const { score } of reading?.members ?? []) expect(new Date(score * 1000).toISOString()).toMatch(/^\d{4}-/);
  }
});

test("tells a missing key and other types without reading them", async () => {
  await redis.hset("h", "f", "v");
  expect(await readKey(redis, "gone")).toMatchObject({ type: "none", ttlMs: -2, value: "" });
  expect(await readKey(redis, "h")).toMatchObject({ type: "hash", ttlMs: -1, value: "", size: 0 });
});

test("goes by the time of the server", async () => {
  const [seconds] = await redis.time();
  const { timeMs } = await readKey(redis, "any");
  expect(Math.abs(timeMs - Number(seconds) * 1000)).toBeLessThan(5000);
});

test("reads any bytes that a name or a value may hold", async () => {
  const name = 'a "b" {c} \\ ü \u0000 $(d) *';
  await redis.set(name, 'v \u0000 "ü"');
  expect(await readKey(redis, name)).toMatchObject({ key: name, value: 'v \u0000 "ü"' });
});

test("writes nothing: not a key, not an expiry, not an access", async () => {
  await redis.zadd("z", 100, "a");
  await redis.set("n", "5");
  const before = await redis.info("persistence");
  for (const name of ["z", "n", "gone"]) await readKey(redis, name);
  await readKeys(redis, ["z", "n", "gone"], 10);
  const changes = (info: string) => /rdb_changes_since_last_save:(\d+)/.exec(info)?.[1];
  expect(changes(await redis.info("persistence"))).toBe(changes(before));
});

test("may be run by a user with no right to write", async () => {
  await redis.set("n", "5");
  await redis.call(
    "ACL",
    "SETUSER",
    "reader",
    "on",
    "nopass",
    "~*",
    "+@read",
    "+@connection",
    "+eval",
    "+evalsha",
    "+time",
  );
  const reader = new Redis({
    port: server.port,
    host: "127.0.0.1",
    username: "reader",
    password: "any",
    enableReadyCheck: false,
  });
  try {
    expect(await readKey(reader, "n")).toMatchObject({ value: "5" });
  } finally {
    reader.disconnect();
  }
});

test("reads many keys as it reads each of them: sets, numbers, minutes, other types, names that are not ASCII, gone ones", async () => {
  const parallel = (id: string) => `{api_key:${id}}:max_parallel_requests`;
  const minute = "a::2026-11-23-09-40::request_count";
  await redis.zadd(parallel("set"), 1_790_000_000, "a", 1_790_000_005, "b", 1_790_000_009, "ü");
  await redis.zadd(parallel("ünïcode"), 1.5, "x", "-inf", "y");
  await redis.expire(parallel("set"), 50);
  await redis.zadd(parallel("large"), ...Array.from({ length: 40 }, (_, at) => [at, `m${at}`]).flat());
  await redis.set(parallel("number"), "-3", "PX", 60_000);
  await redis.set(minute, '{"current_requests": 2}', "EX", 60);
  await redis.set(parallel("empty"), "");
  await redis.rpush(parallel("list"), "x");
  await redis.hset(parallel("hash"), "f", "v");
  await redis.zadd(minute.replace("a::", "wrong::"), 5, "m");
  const ids = ["set", "ünïcode", "large", "number", "empty", "list", "hash", "gone"].map(parallel);
  const steady = (reading: Reading | undefined) =>
    reading && { ...reading, timeMs: 0, ttlMs: Math.sign(reading.ttlMs) };
  // Which type is tried first depends on the keys before: every order of neighbours is read.
  const names = [...ids, minute, minute.replace("a::", "wrong::"), ...ids.toReversed(), ...ids];
  for (const members of [0, 1, 2, 16, 17, 100]) {
    const each = await Promise.all(names.map((name) => readKey(redis, name, members)));
    expect((await readKeys(redis, names, members)).map(steady), `${members}`).toEqual(each.map(steady));
  }
});
