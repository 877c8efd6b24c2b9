import { setTimeout as sleep } from "node:timers/promises";
import * as prom from "prom-client";
import { afterEach, expect, test } from "vitest";
import { createLimiter, type Limiter, type LimiterOptions, promMetrics } from "../../src/limiter/index.js";
import { onBothStores } from "./stores.js";

let made: Limiter[] = [];
afterEach(async () => {
  await Promise.all(made.map((limiter) => limiter.close()));
  made = [];
});

onBothStores((backend) => {
  let names = 0;
  const name = () => `features-${++names}`;
  const limiterOf = (options: Partial<LimiterOptions> = {}) => {
    const limiter = createLimiter({ store: backend.make(), refusalCacheMs: 0, ...options });
    made.push(limiter);
    return limiter;
  };

  test("maxHoldMs: the signal aborts, the slot goes to the next, and the function's result says lost", async () => {
    const key = name();
    const [a, b] = [limiterOf(), limiterOf()];
    await b.peek(key);
    let reason = "";
    const running = a.run(
      key,
      1,
      async (signal) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        reason = signal.reason.name;
        return "stopped";
      },
      { maxHoldMs: 200 },
    );
    while (a.active(key) === 0) await sleep(1);
    const since = performance.now();
    expect(await b.run(key, 1, () => "next", { waitMs: 5_000 })).toEqual({ status: "granted", value: "next" });
    expect(performance.now() - since).toBeGreaterThan(150);
    expect(performance.now() - since).toBeLessThan(1_500);
    expect(await running).toEqual({ status: "granted", value: "stopped", lost: true });
    expect(reason).toBe("HeldTooLong");
    await expect(a.acquire(key, 1, { maxHoldMs: 0 })).rejects.toThrow(RangeError);
  });

  test("run with several names holds them all, and gives them back", async () => {
    const [a, b] = [name(), name()];
    const limiter = limiterOf();
    const limits = [
      { name: a, limit: 1 },
      { name: b, limit: 2 },
    ];
    const ran = await limiter.run(limits, async (_signal, lease) => [lease.held(), limiter.active()]);
    expect(ran).toEqual({ status: "granted", value: [true, 2] });
    await sleep(50);
    for (const one of [a, b]) expect((await limiter.peek(one)).held).toBe(0);
  });

  test("a bound limiter, counts and the remaining time of a lease", async () => {
    const limiter = limiterOf({ ttlMs: 10_000 });
    const key = limiter.of(name(), 1);
    const got = await key.acquire();
    if (got.status !== "granted") throw new Error(got.status);
    expect(got.lease.remainingMs).toBeGreaterThan(7_000);
    expect(got.lease.remainingMs).toBeLessThanOrEqual(8_998);
    const waits = key.run(() => "mine", { waitMs: 5_000 });
    expect([key.active, key.waiting, limiter.active(), limiter.waiting()]).toEqual([1, 1, 1, 1]);
    expect((await key.peek()).held).toBe(1);
    await got.lease.release();
    expect(got.lease.remainingMs).toBe(0);
    expect(await waits).toEqual({ status: "granted", value: "mine" });
    expect([key.active, key.waiting]).toEqual([0, 0]);
    expect(() => limiter.of("a{b}", 1)).toThrow(TypeError);
    expect(() => limiter.of("a", -1)).toThrow(RangeError);
  });

  test("lists who holds slots, and evicts one", async () => {
    const key = name();
    const [holder, operator] = [limiterOf({ instance: "pod-1" }), limiterOf()];
    await holder.acquire(key, 2);
    await holder.acquire(key, 2);
    const slots = await operator.list(key);
    expect(slots.map(({ id }) => id.startsWith("pod-1-"))).toEqual([true, true]);
    expect(slots[0]?.expiresInMs).toBeGreaterThan(10_000);
    expect(await operator.evict(key, slots[0]?.id as string)).toBe(true);
    expect((await operator.list(key)).length).toBe(1);
    expect((await operator.acquire(key, 2)).status).toBe("granted");
  });

  test("metrics for prom-client", async () => {
    const key = name();
    const register = new prom.Registry();
    const limiter = limiterOf({ metrics: promMetrics(prom, { registers: [register], byName: true }) });
    const got = await limiter.acquire(key, 1);
    await limiter.acquire(key, 1);
    if (got.status === "granted") await got.lease.release();
    const text = await register.metrics();
    for (const line of [
      `llmctl_limiter_events_total{event="granted",name="${key}"} 1`,
      `llmctl_limiter_events_total{event="refused",name="${key}"} 1`,
      `llmctl_limiter_held{name="${key}"} 1`,
      `llmctl_limiter_hold_seconds_count{name="${key}"} 1`,
    ])
      expect(text).toContain(line);
  });
});
