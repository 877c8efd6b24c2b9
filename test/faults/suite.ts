import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster, Redis } from "ioredis";
import { expect, test } from "vitest";
import { createLimiter, type Limiter, type LimiterOptions, redisStore } from "../../src/limiter/index.js";
import { Recorder } from "../limiter/recorder.js";
import { crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";

export interface Member {
  readonly limiter: Limiter;
  readonly metrics: Recorder;
  close(): Promise<void>;
}

/** A limiter with a connection of its own. */
export function member(connect: () => Redis | Cluster, options: Partial<LimiterOptions> = {}): Member {
  const redis = connect();
  redis.on("error", () => {});
  const metrics = new Recorder();
  const store = redisStore(redis, { timeoutMs: 800 });
  const limiter = createLimiter({ store, ttlMs: 2_000, metrics, refusalCacheMs: 0, ...options });
  return {
    limiter,
    metrics,
    async close() {
      await limiter.close();
      redis.disconnect();
    },
  };
}

/** What holds on every kind of server. */
export function everywhere(connect: () => Redis | Cluster): void {
  test("keeps many limits exactly, and its numbers rise (I1, I15)", async () => {
    const members = [member(connect), member(connect), member(connect)];
    const loads = ["a", "b", "c", "d", "e"].map((name) =>
      crowd(
        members.map(({ limiter }) => limiter),
        { name: `exact ${name}`, limit: 3, callers: 2, holdMs: () => Math.random() * 30 },
      ),
    );
    await sleep(1_500);
    await Promise.all(loads.map((load) => load.stop()));
    for (const load of loads) {
      expect(load.held.length).toBeGreaterThan(10);
      expect(sweep(load.held, 3)).toMatchObject({ most: 3, over: 0 });
      expect(load.answers.unavailable).toBeUndefined();
    }
    await Promise.all(members.map((one) => one.close()));
  });

  test("wakes a waiter of another process long before its fallback timer", async () => {
    const [a, b] = [member(connect), member(connect)];
    const first = await a.limiter.acquire("woken", 1);
    await b.limiter.peek("woken");
    const asked = b.limiter.acquire("woken", 1, { waitMs: 8_000 });
    // Two fallback looks have passed by then, and the third is a good second away.
    await sleep(2_600);
    const since = performance.now();
    if (first.status === "granted") void first.lease.release();
    expect((await asked).status).toBe("granted");
    console.log(`woken after ${Math.round(performance.now() - since)} ms`);
    expect(performance.now() - since).toBeLessThan(1_500);
    await Promise.all([a.close(), b.close()]);
  });

  test("takes several limits, or none of them", async () => {
    const one = member(connect);
    const limits = ["key", "team", "model"].map((name, index) => ({ name: `several ${name}`, limit: 2 + index }));
    const got = await Promise.all(Array.from({ length: 6 }, () => one.limiter.acquire(limits)));
    const granted = got.filter(({ status }) => status === "granted").length;
    expect(granted).toBeGreaterThan(0);
    expect(granted).toBeLessThanOrEqual(2);
    await sleep(100);
    for (const { name } of limits) expect((await one.limiter.peek(name)).held).toBe(granted);
    await one.close();
  });

  test("keeps a slot past its ttl and lets go of it when it closes", async () => {
    const [one, other] = [member(connect, { ttlMs: 900 }), member(connect)];
    const got = await one.limiter.acquire("kept", 1);
    await sleep(2_000);
    expect(got.status === "granted" && got.lease.held()).toBe(true);
    expect((await other.limiter.peek("kept")).held).toBe(1);
    await one.close();
    expect((await other.limiter.peek("kept")).held).toBe(0);
    await other.close();
  });
}
