import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createLimiter, type Lease, type Limiter, type LimiterOptions } from "../../src/limiter/index.js";
import { FlakyStore } from "./flaky-store.js";
import { onBothStores } from "./stores.js";

let made: Limiter[] = [];
afterEach(async () => {
  await Promise.all(made.map((limiter) => limiter.close()));
  made = [];
});

onBothStores((backend) => {
  let names = 0;
  const name = () => `waiting-${++names}`;
  const limiterOf = (options: Partial<LimiterOptions> = {}) => {
    const limiter = createLimiter({ store: backend.make(), refusalCacheMs: 0, ...options });
    made.push(limiter);
    return limiter;
  };
  const hold = async (limiter: Limiter, key: string, limit: number, waitMs = 0): Promise<Lease> => {
    const got = await limiter.acquire(key, limit, { waitMs });
    if (got.status !== "granted") throw new Error(got.status);
    return got.lease;
  };

  test("waits for a slot of another process and is woken by its release, long before the fallback timer", async () => {
    const key = name();
    const [a, b] = [limiterOf(), limiterOf()];
    await b.peek(key);
    const lease = await hold(a, key, 1);
    const asked = hold(b, key, 1, 5_000);
    await sleep(400);
    const since = performance.now();
    await lease.release();
    await asked;
    expect(performance.now() - since).toBeLessThan(600);
  });

  test("a release in the same process feeds its own waiter in the same flush", async () => {
    const key = name();
    const store = new FlakyStore(backend.make());
    const limiter = limiterOf({ store });
    const lease = await hold(limiter, key, 1);
    const asked = hold(limiter, key, 1, 5_000);
    await sleep(300);
    const before = store.sent.length;
    void lease.release();
    await asked;
    expect(store.sent.slice(before, before + 2)).toEqual(["release", "acquire"]);
  });

  test("ends with a refusal when the time is over, and leaves no place in the queue", async () => {
    const key = name();
    const [a, b] = [limiterOf(), limiterOf()];
    const lease = await hold(a, key, 1);
    const since = performance.now();
    expect(await b.acquire(key, 1, { waitMs: 300 })).toMatchObject({ status: "refused" });
    expect(performance.now() - since).toBeGreaterThan(290);
    await lease.release();
    await sleep(50);
    // Had b kept its place, one slot would be kept for it.
    expect((await a.acquire(key, 1)).status).toBe("granted");
  });

  test("serves those who wait in one process first come first served, and before whoever does not wait", async () => {
    const key = name();
    const limiter = limiterOf();
    const lease = await hold(limiter, key, 1);
    const order: number[] = [];
    const waiters = [0, 1, 2, 3].map(async (i) => {
      const mine = await hold(limiter, key, 1, 5_000);
      order.push(i);
      await mine.release();
    });
    await sleep(20);
    void lease.release();
    expect((await limiter.acquire(key, 1)).status).toBe("refused");
    await Promise.all(waiters);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test("an aborted waiter rejects with its reason", async () => {
    const key = name();
    const limiter = limiterOf();
    await hold(limiter, key, 1);
    const stop = new AbortController();
    const asked = limiter.acquire(key, 1, { waitMs: 5_000, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("went home")), 20);
    await expect(asked).rejects.toThrow("went home");
    await expect(limiter.acquire(key, 1, { waitMs: 5_000, signal: stop.signal })).rejects.toThrow("went home");
  });

  test("raising the limit wakes waiters of other processes (I9)", async () => {
    const key = name();
    const [a, b] = [limiterOf(), limiterOf()];
    let limit = 1;
    await hold(a, key, 1);
    const asked = hold(b, key, limit, 0).catch(() => b.acquire(key, () => limit, { waitMs: 5_000 }));
    await sleep(300);
    limit = 3;
    const since = performance.now();
    await hold(a, key, 3);
    expect(await asked).toMatchObject({ status: "granted" });
    expect(performance.now() - since).toBeLessThan(700);
  });

  test("a free slot and a live waiter meet though every message is lost (I10)", async () => {
    const key = name();
    const deaf = new FlakyStore(backend.make());
    deaf.deaf = true;
    const [a, b] = [limiterOf(), limiterOf({ store: deaf })];
    const lease = await hold(a, key, 1);
    const asked = hold(b, key, 1, 10_000);
    await sleep(100);
    await lease.release();
    const since = performance.now();
    await asked;
    expect(performance.now() - since).toBeLessThan(1_600);
  });

  test("a dead process in the queue delays the others a few seconds, not for ever", { timeout: 20_000 }, async () => {
    const key = name();
    const [a, b] = [limiterOf(), limiterOf()];
    const lease = await hold(a, key, 1);
    const store = backend.make();
    const seen = { epoch: "", seq: 0, ttlMs: 0 };
    const call = { ids: ["dead.1"], limit: 1, ttlMs: 15_000, seen, process: "dead", waiting: 1, patienceMs: 4_000 };
    await store.acquire(key, call);
    const asked = hold(b, key, 1, 10_000);
    await lease.release();
    const since = performance.now();
    await asked;
    expect(performance.now() - since).toBeLessThan(6_000);
    if ((await b.peek(key)).held === 0) throw new Error("no slot");
  });

  test("with five processes always waiting, grants differ by at most one a round (I11)", {
    timeout: 30_000,
  }, async () => {
    const key = name();
    const limiters = Array.from({ length: 5 }, () => limiterOf());
    const grants = limiters.map(() => 0);
    const spread: number[] = [];
    let open = true;
    let full = false;
    const loops = limiters.flatMap((limiter, process) =>
      [0, 1, 2].map(async () => {
        while (open) {
          const got = await limiter.acquire(key, 1, { waitMs: 20_000 });
          if (got.status !== "granted") return;
          if (full) {
            grants[process] = (grants[process] as number) + 1;
            spread.push(Math.max(...grants) - Math.min(...grants));
          }
          await sleep(1);
          void got.lease.release();
        }
      }),
    );
    await sleep(1_500);
    full = true;
    await sleep(2_000);
    open = false;
    await Promise.all(loops);
    expect(Math.min(...grants)).toBeGreaterThan(3);
    expect(Math.max(...spread)).toBeLessThanOrEqual(1);
  });

  test("sends at most about one command a second while it waits (I13)", async () => {
    const key = name();
    const store = new FlakyStore(backend.make());
    const [a, b] = [limiterOf(), limiterOf({ store })];
    await hold(a, key, 1);
    const asked = b.acquire(key, 1, { waitMs: 4_000 });
    await sleep(500);
    const before = store.sent.length;
    await sleep(3_000);
    expect(store.sent.length - before).toBeLessThanOrEqual(3);
    expect((await asked).status).toBe("refused");
  });

  test("a full line refuses at once", async () => {
    const key = name();
    const limiter = limiterOf({ maxWaiting: 2 });
    await hold(limiter, key, 1);
    const waiters = [1, 2].map(() => limiter.acquire(key, 1, { waitMs: 300 }));
    expect(await limiter.acquire(key, 1, { waitMs: 300 })).toMatchObject({ status: "refused" });
    await Promise.all(waiters);
  });

  test("closing answers those who wait", async () => {
    const key = name();
    const limiter = limiterOf();
    await hold(limiter, key, 1);
    const asked = limiter.acquire(key, 1, { waitMs: 5_000 });
    await sleep(20);
    await limiter.close();
    expect(await asked).toMatchObject({ status: "unavailable" });
  });
});
