import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import * as keys from "../../src/keys/command.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { renderTable } from "../../src/output/table.js";
import { startWeb } from "../support/http-stub.js";
import { session } from "../support/keys-session.js";

let server: PrivateRedis;
let redis: Redis;
const [busy, idle, free] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
const rows = [
  { token: busy, key_alias: "busy", max_parallel_requests: 2 },
  { token: idle, key_alias: "idle", max_parallel_requests: 2 },
  { token: free, key_alias: "free", max_parallel_requests: null },
];

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});
beforeEach(() => redis.flushall());

const proxy = (version = "1.109.1") =>
  startWeb(({ path }) => {
    if (path === "/key/list") return { body: { keys: rows, total_pages: 1 } };
    return { body: { status: "healthy", litellm_version: version } };
  });

async function heldOf(settings: Parameters<typeof session>[0], version?: string): Promise<unknown[]> {
  await using web = await proxy(version);
  const url = parseRedisUrl(server.url, "url");
  const { document } = await keys.list(session({ baseUrl: web.url, redis: url, ...settings }).context);
  return (document as unknown as { keys: { held: unknown }[] }).keys.map(({ held }) => held);
}

test("shows how much of each limit is in use, in every shape", async () => {
  await redis.zadd(parallelKey(busy), 1_790_000_000, "x", 1_790_000_001, "y");
  await redis.set(parallelKey(free), "7");
  expect(await heldOf({})).toEqual([2, 0, 7]);
  await redis.flushall();
  const minute = (stamp: string, held: number) =>
    redis.set(`${idle}::2026-11-23-${stamp}::request_count`, JSON.stringify({ current_requests: held }));
  await minute("02-28", 5);
  await minute("02-29", 1);
  expect(await heldOf({}), "only the last minute counts").toEqual([0, 1, 0]);
});

test("finds counters under any namespace, and leaves out a spelling that the release no longer uses", async () => {
  await redis.set(`prod:${parallelKey(busy)}`, "1");
  expect(await heldOf({})).toEqual([1, 0, 0]);
  await redis.set(parallelKey(busy), "2");
  expect(await heldOf({ redisNamespace: "prod" }, "1.91.5")).toEqual([1, 0, 0]);
  expect(await heldOf({ redisNamespace: "prod" }, "1.79.1")).toEqual([2, 0, 0]);
});

test("never shows fewer than none in use", async () => {
  await redis.set(parallelKey(busy), "-14");
  expect(await heldOf({})).toEqual([0, 0, 0]);
});

test("says that use is not known when Redis is not there, and lists all the same", async () => {
  await using web = await proxy();
  const gone = parseRedisUrl("redis://127.0.0.1:1", "url");
  const { context, stderr } = session({ baseUrl: web.url, redis: gone });
  const outcome = await keys.list(context);
  expect(outcome).toMatchObject({
    exit: 0,
    document: { schema: "llmctl.keys/1", keys: [{ held: null, limit: 2 }, {}, {}] },
  });
  expect(stderr()).toContain("what is in use is not known");
});

test("draws limits, use and states, and every hash with --quiet", async () => {
  await redis.zadd(parallelKey(busy), 1_790_000_000, "x", 1_790_000_001, "y");
  const past = "2020-01-01T00:00:00.000000+00:00";
  await using web = await startWeb(() => ({
    body: {
      keys: [...rows, { token: "d".repeat(64), blocked: true }, { token: "e".repeat(64), expires: past }],
      total_pages: 1,
    },
  }));
  const { context } = session({ baseUrl: web.url, redis: parseRedisUrl(server.url, "url") });
  const outcome = await keys.list(context);
  const lines = renderTable(outcome.page, { colour: false, width: 0 }).split("\n");
  expect(lines[0]).toMatch(/ALIAS +KEY +HASH +IN USE +RPM +TPM +ENDS +STATE/);
  expect(lines[1]).toMatch(/busy .* 2\/2 .* full$/);
  expect(lines[2]).toMatch(/idle .* 0\/2 .* ok$/);
  expect(lines[3]).toMatch(/free .* 0\/- .* ok$/);
  expect(lines[4]).toMatch(/ blocked$/);
  expect(lines[5]).toMatch(/ past +expired$/);
  expect(outcome.brief?.split("\n")).toHaveLength(5);
});

test("reads every page, each key once", async () => {
  const all = Array.from({ length: 250 }, (_, at) => ({ token: String(at).padStart(64, "0") }));
  await using web = await startWeb(({ query }) => {
    const page = Number(query.get("page"));
    // One key was made meanwhile, so that the last of a page is the first of the next.
    const keysOfPage = all.slice(Math.max(0, (page - 1) * 100 - 1), page * 100);
    return { body: { keys: keysOfPage, total_pages: 3 } };
  });
  const { document } = await keys.list(session({ baseUrl: web.url }).context);
  expect((document as unknown as { keys: unknown[] }).keys).toHaveLength(250);
  expect(web.asked.map(({ query }) => query.get("page"))).toEqual(["1", "2", "3"]);
});

test("says how to make the first key when there is none", async () => {
  await using web = await startWeb(() => ({ body: { keys: [], total_pages: 0 } }));
  const { page, document } = await keys.list(session({ baseUrl: web.url }).context);
  expect(document).toMatchObject({ keys: [] });
  expect(renderTable(page, { colour: false, width: 80 })).toContain("llmctl keys create --mpr 5");
});
