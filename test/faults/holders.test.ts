import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { sweep } from "./overlap-check.js";
import { build, Fleet, type Load, now } from "./worker-processes.js";

const ttlMs = 1_500;

describe("what happens to processes that hold slots", () => {
  let server: PrivateRedis;
  let admin: Redis;
  let fleet: Fleet;
  let built: string;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
    built = await build();
  }, 120_000);
  afterAll(async () => {
    await rm(built, { recursive: true, force: true });
    admin.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    fleet = await Fleet.muster(built);
  });
  afterEach(() => fleet.end());
  const loadOf = (name: string, more: Partial<Load> = {}): Load => ({
    port: server.port,
    name,
    limit: 4,
    callers: 4,
    ttlMs,
    holdMs: [5, 60],
    ...more,
  });

  test("killed: its slots come back within 1.05 ttl, and nobody was one too many (I1, I6, I8)", async () => {
    // It takes all slots and keeps them; whoever comes later has to wait for its end.
    const doomed = await fleet.start(loadOf("killed", { holdMs: [60_000, 60_000] }));
    while ((await admin.zcard("llmctl:{killed}:leases")) < 4) await sleep(10);
    await fleet.start(loadOf("killed"));
    await fleet.start(loadOf("killed"));
    await sleep(2 * ttlMs);
    expect((await fleet.held()).filter(({ who }) => who !== "0")).toEqual([]);
    const killedAt = now();
    fleet.signal(doomed, "SIGKILL");
    await sleep(1.5 * ttlMs);
    await fleet.end();
    const held = await fleet.held();
    const first = Math.min(...held.filter(({ who }) => who !== "0").map(({ from }) => from));
    console.log(`crash to reusable: ${Math.round(first - killedAt)} ms of a ttl of ${ttlMs}`);
    expect(first - killedAt).toBeLessThan(1.05 * ttlMs);
    expect(sweep(held, 4)).toEqual({ most: 4, over: 0, overMs: 0 });
    await sleep(ttlMs);
    expect(await admin.zcard("llmctl:{killed}:leases")).toBe(0);
  });

  test("killed one after the other while others work on: never one too many (I1)", async () => {
    for (let round = 0; round < 4; round++) {
      const doomed = await fleet.start(loadOf("kills"));
      if (round === 0) await fleet.start(loadOf("kills"));
      await sleep(500);
      fleet.signal(doomed, "SIGKILL");
    }
    await sleep(ttlMs);
    await fleet.end();
    const held = await fleet.held();
    expect(held.length).toBeGreaterThan(50);
    expect(sweep(held, 4)).toEqual({ most: 4, over: 0, overMs: 0 });
  });

  test("stopped past their lease and continued: held() is false on the first line, and others had the slots (I7)", async () => {
    const paused = await fleet.start(loadOf("paused", { holdMs: [60_000, 60_000] }));
    while ((await admin.zcard("llmctl:{paused}:leases")) < 4) await sleep(10);
    await sleep(300);
    fleet.signal(paused, "SIGSTOP");
    await fleet.start(loadOf("paused"));
    await sleep(1.6 * ttlMs);
    fleet.signal(paused, "SIGCONT");
    await sleep(800);
    await fleet.end();
    const lines = await fleet.lines(paused);
    const pause = lines.find((line) => (line.pause ?? 0) > ttlMs);
    expect(pause?.held).toEqual([false, false, false, false]);
    expect(lines.filter((line) => line.lost)).toHaveLength(4);
    const held = await fleet.held();
    expect(held.some(({ who }) => who === "1")).toBe(true);
    expect(sweep(held, 4)).toMatchObject({ over: 0, overMs: 0 });
  });

  test.each([0.5, 1, 2])(
    "an event loop blocked for %d ttl: each lease lost once or not at all, never one too many (I7)",
    async (part) => {
      const name = `blocked-${part}`;
      const blocked = await fleet.start(loadOf(name, { callers: 2, holdMs: [60_000, 60_000] }));
      await sleep(300);
      await fleet.start(loadOf(name));
      fleet.block(blocked, part * ttlMs);
      await sleep(part * ttlMs + 1_000);
      await fleet.end();
      const lines = await fleet.lines(blocked);
      const lost = lines.flatMap((line) => line.lost ?? []);
      expect(new Set(lost).size).toBe(lost.length);
      const pause = lines.find((line) => (line.pause ?? 0) > 0.4 * part * ttlMs);
      if (part >= 1) {
        expect(lost.length).toBeGreaterThanOrEqual(2);
        expect(pause?.held).toEqual([false, false]);
      } else {
        expect(lost).toEqual([]);
        expect(pause?.held).toEqual([true, true]);
      }
      expect(sweep(await fleet.held(), 4)).toMatchObject({ over: 0, overMs: 0 });
    },
  );
});
