import { beforeEach, describe, expect, test } from "vitest";
import { createLimiter, type Limiter, memoryStore, type WhenDown } from "../../src/limiter/index.js";
import { FlakyStore } from "./flaky-store.js";
import { ManualClock } from "./manual-clock.js";
import { Recorder } from "./recorder.js";

describe("when the store is away", () => {
  let clock: ManualClock;
  let store: FlakyStore;
  let metrics: Recorder;
  beforeEach(() => {
    clock = new ManualClock();
    store = new FlakyStore(memoryStore({ clock }));
    metrics = new Recorder();
  });
  const limiterOf = (whenDown: WhenDown, shadow = false): Limiter =>
    createLimiter({ store, clock, whenDown, shadow, metrics, refusalCacheMs: 0, random: () => 0.5 });

  test("closed refuses, and says when to ask again", async () => {
    const limiter = limiterOf("closed");
    store.fault = "error";
    expect(await limiter.acquire("k", 5)).toMatchObject({ status: "unavailable", retryAfterMs: 50 });
    expect(metrics.counts.unavailable).toBe(1);
  });

  test("skips the store for a second after five failures, then tries once, then is back", async () => {
    const limiter = limiterOf("closed");
    const moves: boolean[] = [];
    limiter.on("breaker", ({ open }) => moves.push(open));
    store.fault = "error";
    for (let i = 0; i < 50; i++) await limiter.acquire("k", 5);
    expect(store.count("acquire")).toBe(5);
    expect(metrics.gauges.breaker).toBe(1);
    const denied = await limiter.acquire("k", 5);
    expect(denied).toMatchObject({ status: "unavailable", retryAfterMs: 1_000 });
    await clock.advance(1_001);
    await Promise.all([limiter.acquire("k", 5), limiter.acquire("other", 5)]);
    expect(store.count("acquire")).toBe(6);
    await clock.advance(1_001);
    store.fault = "ok";
    expect(await limiter.acquire("k", 5)).toMatchObject({ status: "granted" });
    expect(moves).toEqual([true, false]);
    expect(metrics.gauges.breaker).toBe(0);
  });

  test("open admits and counts", async () => {
    const limiter = limiterOf("open");
    store.fault = "unsent";
    const got = await limiter.acquire("k", 1);
    const more = await limiter.acquire("k", 1, { waitMs: 60_000 });
    expect([got.status, more.status]).toEqual(["granted", "granted"]);
    expect(got.status === "granted" && got.lease).toMatchObject({ backed: false });
    expect(metrics.counts.fallback).toBe(2);
    expect(got.status === "granted" && got.lease.held()).toBe(true);
    expect(got.status === "granted" && (await got.lease.release())).toBe("released");
  });

  test("a slot admitted without the store ends with maxHoldMs too, and with close", async () => {
    const limiter = limiterOf("open");
    store.fault = "unsent";
    const [short, long] = [await limiter.acquire("k", 1, { maxHoldMs: 500 }), await limiter.acquire("k", 1)];
    if (short.status !== "granted" || long.status !== "granted") throw new Error("refused");
    const signals = [short.lease.signal, long.lease.signal];
    await clock.advance(501);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect([short.lease.held(), long.lease.held(), limiter.active("k")]).toEqual([false, true, 1]);
    store.fault = "ok";
    await limiter.close();
    expect(signals[1]?.aborted).toBe(true);
  });

  test("share admits this process's part of the limit, by the processes last seen", async () => {
    const limiter = limiterOf("share");
    const others = [1, 2].map(() => createLimiter({ store: store.inner, clock }));
    for (const other of others) await other.acquire("k", 7);
    const mine = await limiter.acquire("k", 7);
    await clock.advance(0);
    store.fault = "error";
    const results = [];
    for (let i = 0; i < 5; i++) results.push((await limiter.acquire("k", 7)).status);
    // ceil(7 / 3) = 3, one of them held since before.
    expect(results).toEqual(["granted", "granted", "unavailable", "unavailable", "unavailable"]);
    expect(mine.status === "granted" && mine.lease.backed).toBe(true);
    expect(metrics.counts.fallback).toBe(2);
  });

  test("shadow decides and counts, but admits everybody", async () => {
    const limiter = limiterOf("closed", true);
    const got = await Promise.all(Array.from({ length: 5 }, () => limiter.acquire("k", 2)));
    expect(got.map((one) => one.status === "granted" && one.lease.backed)).toEqual([true, true, false, false, false]);
    expect(metrics.counts).toMatchObject({ granted: 2, refused: 3, shadow: 3 });
  });
});
