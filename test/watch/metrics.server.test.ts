import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { freePort } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { type Serving, serveMetrics } from "../../src/watch/metrics-server.js";
import { counter, hash, member, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { startWatch, type Watching } from "../support/watch-session.js";

let fixture: ServerFixture;
let run: Watching | undefined;
let serving: Serving | undefined;
const redis = () => fixture.redis.client;

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());
afterEach(async () => {
  await run?.end();
  await serving?.close();
  [run, serving] = [undefined, undefined];
});

/** Every sample of a Prometheus text, by its name and labels. */
async function scrape(url: string): Promise<Map<string, number>> {
  const reply = await fetch(`${url}/metrics`);
  expect(reply.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await reply.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

test("a watch tells what it sees and does", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const secret = "custom-auth-secret-of-somebody";
  const now = Number((await redis().time())[0]);
  await redis().zadd(counter, now - 1000, member(1), now, member(2));
  await redis().zadd(parallelKey(secret), now, member(3));
  run = startWatch(fixture, { fix: true, olderThan: "15m", limit: "4", metricsPort: `${port}` }, yes);
  await run.until(({ repaired }) => repaired === 1);
  const first = await scrape(url);
  const labels = `owner="${hash.slice(0, 12)}",namespace="",key="${hash.slice(0, 12)}"`;
  expect(first.get(`llmctl_held{${labels}}`)).toBeGreaterThanOrEqual(1);
  expect(first.get(`llmctl_limit{${labels}}`)).toBe(4);
  expect(first.get("llmctl_keys_omitted")).toBe(0);
  await run.until(() => true, run.ticks.length);
  const then = await scrape(url);
  expect(then.get(`llmctl_leaked{${labels}}`)).toBe(0);
  expect(then.get(`llmctl_held{${labels}}`)).toBe(1);
  expect(then.get("llmctl_repaired_total")).toBe(1);
  expect([then.get("llmctl_refused_total"), then.get("llmctl_failed_total")]).toEqual([0, 0]);
  expect(then.get("llmctl_leader")).toBe(1);
  expect(then.get("llmctl_redis_up")).toBe(1);
  expect(then.get('llmctl_ticks_total{outcome="ok"}')).toBeGreaterThanOrEqual(2);
  expect(Math.abs((then.get("llmctl_last_tick_timestamp_seconds") ?? 0) - Date.now() / 1000)).toBeLessThan(60);
  expect(then.get("llmctl_tick_duration_seconds")).toBeGreaterThanOrEqual(0);
  expect([...then.keys()].join()).not.toContain(secret);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(run.said()).toContain(`metrics: ${url}/metrics`);
  await run.end();
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test("a key that is gone has no series any more", async () => {
  const port = await freePort();
  await redis().zadd(counter, Number((await redis().time())[0]), member(1));
  run = startWatch(fixture, { metricsPort: `${port}` });
  await run.until(({ keys }) => keys === 1);
  await redis().del(counter);
  await run.until(({ keys }) => keys === 0);
  const seen = await scrape(`http://127.0.0.1:${port}`);
  expect([...seen.keys()].filter((name) => name.startsWith("llmctl_held"))).toEqual([]);
  expect([seen.get("llmctl_keys"), seen.get("llmctl_leader")]).toEqual([0, 0]);
});

test("is well while its last tick is young: not before the first, and not when ticks no longer come", async () => {
  let age: number | undefined;
  serving = await serveMetrics({
    ...{ host: "127.0.0.1", port: 0, contentType: "text/plain", oldMs: 3000 },
    metrics: async () => "",
    ageMs: () => age,
  });
  const health = async () => {
    const reply = await fetch(`${serving?.url}/healthz`);
    return [reply.status, (await reply.text()).trim()];
  };
  expect(await health()).toEqual([503, "no tick is over yet"]);
  age = 2999;
  expect(await health()).toEqual([200, "ok"]);
  age = 3000;
  expect(await health()).toEqual([503, "the last tick was over 3 s ago"]);
});

test("answers GET and HEAD of its two paths, and nothing else", async () => {
  serving = await serveMetrics({
    ...{ host: "127.0.0.1", port: 0, contentType: "text/plain", oldMs: 3000 },
    metrics: async () => "m 1\n",
    ageMs: () => 0,
  });
  const status = async (path: string, method = "GET") => (await fetch(`${serving?.url}${path}`, { method })).status;
  expect([await status("/metrics"), await status("/healthz", "HEAD"), await status("/metrics?x=1")]).toEqual([
    200, 200, 200,
  ]);
  expect([await status("/"), await status("/metrics", "POST"), await status("/healthz/..")]).toEqual([404, 405, 404]);
});
