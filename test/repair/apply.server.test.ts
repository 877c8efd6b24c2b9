import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { applyAction, type ReleaseAction } from "../../src/litellm/release-action.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { counter, member } from "../support/doctor-fixture.js";

let server: PrivateRedis;
let redis: RedisConnection;
let dir: string;

beforeAll(async () => {
  server = await startRedis();
  redis = await connectRedis(parseRedisUrl(server.url, "url"), { timeoutMs: 5000 });
  dir = await mkdtemp(join(tmpdir(), "llmctl-apply-"));
});
afterAll(async () => {
  await redis?.close();
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => redis.client.flushall());

const seconds = async () => Number((await redis.client.time())[0]);
const state = async () => [
  await redis.client.type(counter),
  (await redis.client.dumpBuffer(counter))?.toString("base64"),
  (await redis.client.pttl(counter)) === -1,
];

/** The act meets a key that is not as it was planned for: it must refuse, and leave every byte. */
async function refuses(act: ReleaseAction, reason: RegExp) {
  const before = await state();
  expect(await applyAction(redis.client, act)).toEqual({ done: false, reason: expect.stringMatching(reason) });
  expect(await state()).toEqual(before);
}

const drop = { kind: "release-counter", key: counter, value: "3", endless: true, lowerBy: null } as const;

test("a counter is deleted while it is as it was seen", async () => {
  await redis.client.set(counter, "3");
  expect(await applyAction(redis.client, drop)).toEqual({ done: true });
  expect(await redis.client.exists(counter)).toBe(0);
});

test("a counter that moved, got an expiry, changed its type or went away is left alone", async () => {
  await redis.client.set(counter, "4");
  await refuses(drop, /value is now 4/);
  // The same number, but nobody who was watched has written it so.
  await redis.client.set(counter, "3.0");
  await refuses(drop, /value is now 3.0/);
  await redis.client.set(counter, "3", "EX", 60);
  await refuses(drop, /expiry/);
  await redis.client.del(counter);
  await redis.client.zadd(counter, 1, member(1));
  await refuses(drop, /now a zset/);
  await redis.client.del(counter);
  await refuses(drop, /gone/);
});

test("a counter is lowered by the leak alone and keeps its time to live", async () => {
  await redis.client.set(counter, "5", "EX", 50);
  expect(await applyAction(redis.client, { ...drop, value: "5", endless: false, lowerBy: 3 })).toEqual({ done: true });
  expect(await redis.client.get(counter)).toBe("2");
  expect(await redis.client.ttl(counter)).toBeGreaterThan(45);
});

test("a counter that was watched is left alone once a call has succeeded since, though it reads the same", async () => {
  const rate = (field: string) => counter.replace("max_parallel_requests", field);
  // Those of then are over: what is there in a new window is another counter.
  const expiries = { untilMs: 0, requestsUntilMs: 1, tokensUntilMs: 1 };
  const since = { window: "9", requests: "20", tokens: "7", tokenLimited: false, ...expiries };
  const freed = { ...drop, endless: false, since };
  const stand = async (window: string, requests: string, tokens: string) => {
    await redis.client.flushall();
    await redis.client.set(counter, "3", "EX", 60);
    for (const [field, value] of Object.entries({ window, requests, tokens })) {
      if (value !== "") await redis.client.set(rate(field), value);
    }
  };
  const limited = { ...freed, since: { ...since, tokenLimited: true } };
  await stand("9", "21", "47");
  await refuses(freed, /succeeded since/);
  await stand("9", "21", "8");
  await refuses(freed, /succeeded since/);
  await stand("9", "21", "9");
  await refuses(limited, /succeeded since/);
  await stand("10", "1", "40");
  await refuses(freed, /succeeded since/);
  // In a new window all tokens are new, also those that the old one had; so are they when they fell in the same.
  await stand("10", "3", "9");
  await refuses(limited, /succeeded since/);
  await stand("9", "20", "5");
  await refuses(freed, /succeeded since/);
  await stand("", "", "40");
  await refuses({ ...limited, since: { ...limited.since, requests: "" } }, /succeeded since/);
  // Refused calls: with a tokens limit each of them adds one; a window that rolled begins anew.
  await stand("9", "31", "7");
  expect(await applyAction(redis.client, freed)).toEqual({ done: true });
  await stand("9", "21", "8");
  expect(await applyAction(redis.client, limited)).toEqual({ done: true });
  await stand("10", "3", "");
  expect(await applyAction(redis.client, freed)).toEqual({ done: true });
  await stand("10", "3", "3");
  expect(await applyAction(redis.client, limited)).toEqual({ done: true });
});

test("tokens that outlive their window by some ms are no success: nobody called", async () => {
  const rate = (field: string) => counter.replace("max_parallel_requests", field);
  await redis.client.set(counter, "3");
  await redis.client.set(rate("tokens"), "40", "PX", 50_000);
  const now = Number((await redis.client.time())[0]) * 1000;
  const at = await redis.client.pexpiretime(rate("tokens"));
  expect(at).toBeGreaterThan(now);
  const seen = { window: "9", requests: "", tokens: "40", tokenLimited: false, untilMs: 0, requestsUntilMs: null };
  await refuses({ ...drop, since: { ...seen, tokensUntilMs: at - 1000 } }, /succeeded since/);
  expect(await applyAction(redis.client, { ...drop, since: { ...seen, tokensUntilMs: at } })).toEqual({ done: true });
});

test("a counter that may have expired since it was watched is left alone", async () => {
  const rates = { requestsUntilMs: null, tokensUntilMs: null };
  const since = { window: "", requests: "", tokens: "", tokenLimited: false, ...rates };
  await redis.client.set(counter, "3", "EX", 60);
  const now = (await seconds()) * 1000;
  await refuses({ ...drop, endless: false, since: { ...since, untilMs: now - 1 } }, /expired and begun anew/);
  const act = { ...drop, endless: false, since: { ...since, untilMs: now + 50_000 } };
  expect(await applyAction(redis.client, act)).toEqual({ done: true });
});

test("slots are removed all or none: one that came back, changed or is too young stops the act", async () => {
  const now = await seconds();
  const members = [
    { id: member(1), score: now - 4000 },
    { id: member(2), score: now - 3000 },
  ];
  const act = {
    kind: "release-slots",
    key: counter,
    members,
    olderThanMs: 900_000,
    whole: false,
    endless: null,
  } as const;
  await redis.client.zadd(counter, now - 4000, member(1));
  await refuses(act, /given back meanwhile/);
  await redis.client.zadd(counter, now - 2999, member(2));
  await refuses(act, /another call/);
  await redis.client.zadd(counter, now - 3000, member(2), now, member(3));
  await refuses({ ...act, olderThanMs: 3_500_000 }, /too young/);
  await refuses({ ...act, olderThanMs: 0, whole: true }, /came or went/);
  await refuses({ ...act, endless: false }, /expiry/);
  await redis.client.expire(counter, 60);
  await refuses({ ...act, endless: true }, /expiry/);
  expect(await applyAction(redis.client, act)).toEqual({ done: true });
  expect(await redis.client.zrange(counter, "0", "-1")).toEqual([member(3)]);
});

test("a set of many thousand dead slots is freed in one act", async () => {
  const now = await seconds();
  const members = Array.from({ length: 5000 }, (_, n) => ({ id: member(n), score: now - 4000 }));
  for (const { id, score } of members) redis.client.zadd(counter, score, id);
  const act = { kind: "release-slots", key: counter, members, olderThanMs: 0, whole: true, endless: null } as const;
  expect(await applyAction(redis.client, act)).toEqual({ done: true });
  expect(await redis.client.exists(counter)).toBe(0);
});
