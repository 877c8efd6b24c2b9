import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createLimiter, type Limiter, type LimiterOptions, type Store } from "../../src/limiter/index.js";
import { FlakyStore } from "./flaky-store.js";
import { onBothStores } from "./stores.js";

let made: Limiter[] = [];
afterEach(async () => {
  await Promise.all(made.map((limiter) => limiter.close()));
  made = [];
});

onBothStores((backend) => {
  let names = 0;
  const name = () => `starving-${++names}`;
  const limiterOf = (options: Partial<LimiterOptions> = {}) => {
    const limiter = createLimiter({ store: backend.make(), refusalCacheMs: 0, ...options });
    made.push(limiter);
    return limiter;
  };

  test("several names beside a busy line of one of them get their turn", async () => {
    const [a, b] = [name(), name()];
    const busy = limiterOf();
    const several = limiterOf();
    let open = true;
    let turns = 0;
    const line = Array.from({ length: 4 }, async () => {
      while (open) {
        await busy.run(a, 1, () => sleep(5), { waitMs: 20_000 });
        turns++;
      }
    });
    await sleep(100);
    const limits = [
      { name: a, limit: 1 },
      { name: b, limit: 1 },
    ];
    for (let i = 0; i < 5; i++) {
      const before = turns;
      const got = await several.run(limits, () => "mine", { waitMs: 8_000 });
      expect(got).toEqual({ status: "granted", value: "mine" });
      expect(turns - before).toBeLessThan(100);
    }
    open = false;
    await Promise.all(line);
  });

  test("two callers that want the same names never lock each other out", async () => {
    const [a, b] = [name(), name()];
    const limiters = [limiterOf(), limiterOf()];
    const asked = Array.from({ length: 20 }, (_, i) => {
      const limits = [
        { name: a, limit: 1 },
        { name: b, limit: 1 },
      ];
      if (i % 2) limits.reverse();
      return (limiters[i % 2] as Limiter).run(limits, () => sleep(2), { waitMs: 20_000 });
    });
    for (const got of await Promise.all(asked)) expect(got.status).toBe("granted");
    await sleep(50);
    for (const one of [a, b]) expect((await limiters[0]?.peek(one))?.held).toBe(0);
  });

  test("a wait for several names ends at once with its signal, and with close", async () => {
    const [a, b] = [name(), name()];
    const [holder, limiter] = [limiterOf(), limiterOf()];
    await holder.acquire(b, 1);
    await limiter.peek(a);
    const limits = [
      { name: a, limit: 1 },
      { name: b, limit: 1 },
    ];
    const stop = new AbortController();
    const aborted = limiter.acquire(limits, { waitMs: 30_000, signal: stop.signal });
    await sleep(500);
    let since = performance.now();
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect(performance.now() - since).toBeLessThan(150);
    const closed = limiter.acquire(limits, { waitMs: 30_000 });
    await sleep(500);
    since = performance.now();
    const closing = limiter.close();
    expect(await closed).toMatchObject({ status: "unavailable" });
    await closing;
    expect(performance.now() - since).toBeLessThan(500);
    expect((await holder.peek(a)).held).toBe(0);
  });

  test("5,000 waiters of one name: each call carries a few of them", { timeout: 60_000 }, async () => {
    const key = name();
    const inner: Store = backend.make({ timeoutMs: 10_000 });
    const store = new FlakyStore(inner);
    let ids = 0;
    const { acquire } = store;
    store.acquire = (one, call) => {
      ids += call.ids.length;
      return acquire(one, call);
    };
    const limiter = limiterOf({ store });
    let most = 0;
    let now = 0;
    const order: number[] = [];
    const since = performance.now();
    await Promise.all(
      Array.from({ length: 5_000 }, (_, i) =>
        limiter.run(
          key,
          5,
          async () => {
            order.push(i);
            most = Math.max(most, ++now);
            await sleep(1);
            now--;
          },
          { waitMs: 60_000 },
        ),
      ),
    );
    console.log(
      `5,000 waiters: ${ids} ids sent in ${store.count("acquire")} calls, ${Math.round(performance.now() - since)} ms`,
    );
    expect(most).toBeLessThanOrEqual(5);
    expect(order).toEqual([...order].sort((x, y) => x - y));
    expect(ids).toBeLessThan(5_000 * 10);
  });

  test("waiters under a high limit are not held up by a head of the line under a low one", async () => {
    const key = name();
    const [holder, limiter] = [limiterOf(), limiterOf()];
    for (let i = 0; i < 3; i++) await holder.acquire(key, 5);
    const low = Array.from({ length: 20 }, () => limiter.acquire(key, 1, { waitMs: 3_000 }));
    const high = limiter.acquire(key, 5, { waitMs: 2_000 });
    expect((await high).status).toBe("granted");
    await limiter.close();
    for (const one of await Promise.all(low)) expect(one.status).toBe("unavailable");
  });
});
