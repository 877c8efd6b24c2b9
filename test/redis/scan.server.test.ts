import { afterAll, beforeAll, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { literal, matchesGlob, scanKeys } from "../../src/redis/scan.js";
import { collect } from "../support/collect.js";

let server: PrivateRedis;
let redis: RedisConnection;

beforeAll(async () => {
  server = await startRedis();
  redis = await connectRedis(parseRedisUrl(server.url, "url"), { timeoutMs: 5000 });
});
afterAll(async () => {
  await redis?.close();
  await server?.stop();
});

const all = async (match: string) => (await collect(scanKeys(redis, match, 10))).flat();

test("gives every matching key once, over many batches", async () => {
  const names = Array.from({ length: 500 }, (_, at) => `many:${at}`);
  await redis.client.mset(names.flatMap((name) => [name, "1"]));
  await redis.client.set("other", "1");
  expect((await all("many:*")).sort()).toEqual(names.sort());
});

test("a literal name finds only itself, whatever glob characters are in it", async () => {
  const odd = ["a*b", "a?b", "a[xy]b", "a\\b", "axb"];
  for (const name of odd) await redis.client.set(name, "1");
  for (const name of odd) expect(await all(literal(name))).toEqual([name]);
});

test("a glob matches an alias as Redis would match a key of that name", async () => {
  const names = ["team-a", "team-b", "tEam", "a*b", "a[b]", "a\\b", "x.y", "x+y", "ab\ncd", "🙂", ""].filter(Boolean);
  const globs = [
    "team-*",
    "team-?",
    "team-[ab]",
    "team-[^a]",
    "team-[a-z]",
    "a\\*b",
    "a\\[b\\]",
    "x.y",
    "x?y",
    "*",
    "[tT]*",
    "ab*",
    "{x.y}",
    "(team)*",
  ];
  await redis.client.flushdb();
  await redis.client.mset(names.flatMap((name) => [name, "1"]));
  for (const glob of globs) {
    expect({ glob, names: names.filter((name) => matchesGlob(name, glob)).sort() }).toEqual({
      glob,
      names: (await all(glob)).sort(),
    });
  }
});
