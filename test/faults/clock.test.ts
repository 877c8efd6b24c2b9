import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { type Clock, systemClock } from "../../src/limiter/index.js";
import { loadScripts } from "../../src/limiter/scripts.js";
import { type Client, clientsAt, closeAll, rising, total } from "./clients.js";
import { crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";

const limit = 3;
const ttlMs = 1_500;

/** The scripts with a clock that the test can turn: Redis's own plus what the key `turned` says. */
const scripts = loadScripts((lua) =>
  lua.includes("function turnedTime")
    ? lua
    : `local function turnedTime()
  local t = redis.call('TIME')
  local ms = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(redis.call('GET', 'turned') or 0)
  return { string.format('%.0f', math.floor(ms / 1000)), string.format('%.0f', (ms % 1000) * 1000) }
end
${lua.replaceAll("redis.call('TIME')", "turnedTime()")}`,
);

describe("clocks that jump", () => {
  let server: PrivateRedis;
  let admin: Redis;
  let clients: Client[] = [];
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  afterEach(async () => {
    await closeAll(clients);
    await admin.flushall();
  });

  const load = (name: string, holdMs: () => number) =>
    crowd(
      clients.map(({ limiter }) => limiter),
      { name, limit, callers: 3, holdMs },
    );

  test("Redis's clock jumps back an hour: reported, slots come late, never one too many", async () => {
    clients = clientsAt(server.port, 3, { ttlMs, refusalCacheMs: 0 }, { scripts });
    const jumps: number[] = [];
    for (const { limiter } of clients) limiter.on("clockJump", ({ jumpMs }) => jumps.push(jumpMs));
    const calls = load("back", () => Math.random() * 80);
    await sleep(500);
    await admin.set("turned", -3_600_000);
    await sleep(2_000);
    await calls.stop();
    expect(jumps).toHaveLength(3);
    for (const jump of jumps) expect(Math.abs(jump + 3_600_000)).toBeLessThan(1_000);
    expect(sweep(calls.held, limit)).toMatchObject({ over: 0 });
    expect(rising(calls.numbers)).toBe(true);
    expect(calls.held.at(-1)?.to).toBeGreaterThan(performance.now() - 500);
  });

  test("Redis's clock jumps ahead by less than what leases have left: reported, no effect", async () => {
    clients = clientsAt(server.port, 3, { ttlMs, refusalCacheMs: 0 }, { scripts });
    const jumps: number[] = [];
    for (const { limiter } of clients) limiter.on("clockJump", ({ jumpMs }) => jumps.push(jumpMs));
    const calls = load("ahead", () => Math.random() * 80);
    await sleep(500);
    await admin.set("turned", 500);
    await sleep(1_500);
    await calls.stop();
    expect(jumps).toHaveLength(3);
    expect(sweep(calls.held, limit)).toMatchObject({ over: 0 });
    expect(total(clients, "losses")).toBe(0);
  });

  test("Redis's clock jumps an hour ahead: the claim excludes it, and it is reported; work goes on", async () => {
    clients = clientsAt(server.port, 3, { ttlMs, refusalCacheMs: 0 }, { scripts });
    const calls = load("far ahead", () => Math.random() * 80);
    await sleep(500);
    await admin.set("turned", 3_600_000);
    await sleep(500);
    const before = calls.held.length;
    await sleep(1_000);
    await calls.stop();
    expect(total(clients, "clockJumps")).toBe(3);
    expect(calls.held.length).toBeGreaterThan(before);
    expect(sweep(calls.held.slice(before), limit)).toMatchObject({ over: 0 });
  });

  test("wall clocks of the clients an hour off in both directions: no effect", async () => {
    const off = (ms: number): Clock => ({ ...systemClock, wall: () => Date.now() + ms });
    clients = [
      ...clientsAt(server.port, 1, { ttlMs, clock: off(3_600_000) }),
      ...clientsAt(server.port, 1, { ttlMs, clock: off(-3_600_000) }),
      ...clientsAt(server.port, 1, { ttlMs }),
    ];
    const calls = load("wall", () => (Math.random() < 0.1 ? 2_500 : Math.random() * 50));
    await sleep(3_000);
    await calls.stop();
    expect(sweep(calls.held, limit)).toMatchObject({ over: 0 });
    expect(total(clients, "lost")).toBe(0);
    expect(total(clients, "clockJumps")).toBe(0);
  });
});
