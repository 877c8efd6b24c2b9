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

/** As in a Cluster: several names cannot be taken in one step. */
const stepwise = (store: Store): Store => Object.assign(new FlakyStore(store), { acquireAll: () => undefined });

onBothStores((backend) => {
  for (const [way, storeOf] of [
    ["in one step", () => backend.make()],
    ["name by name", () => stepwise(backend.make())],
  ] as const) {
    let names = 0;
    const limiterOf = (options: Partial<LimiterOptions> = {}) => {
      const limiter = createLimiter({ store: storeOf(), refusalCacheMs: 0, ...options });
      made.push(limiter);
      return limiter;
    };
    const three = () => {
      const n = ++names;
      return { key: `${way} key ${n}`, team: `${way} team ${n}`, model: `${way} model ${n}` };
    };

    test(`${way}: takes a slot under every name, or none`, async () => {
      const limiter = limiterOf();
      const { key, team, model } = three();
      const limits = [
        { name: team, limit: 2 },
        { name: key, limit: 5 },
        { name: model, limit: () => 9 },
      ];
      const [a, b] = [await limiter.acquire(limits), await limiter.acquire(limits)];
      if (a.status !== "granted" || b.status !== "granted") throw new Error("refused");
      expect(await limiter.acquire(limits)).toMatchObject({ status: "refused", name: team });
      await sleep(20);
      for (const name of [key, team, model]) expect((await limiter.peek(name)).held).toBe(2);
      expect(a.lease.held()).toBe(true);
      expect(a.lease.signal.aborted).toBe(false);
      expect(await a.lease.release()).toBe("released");
      expect(a.lease.held()).toBe(false);
      for (const name of [key, team, model]) expect((await limiter.peek(name)).held).toBe(1);
      expect((await limiter.acquire(limits)).status).toBe("granted");
    });

    test(`${way}: many at once never pass any of the limits`, async () => {
      const limiters = [limiterOf(), limiterOf()];
      const { key, team, model } = three();
      const got = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          (limiters[i % 2] as Limiter).acquire([
            { name: i % 3 ? key : model, limit: 11 },
            { name: team, limit: 7 },
          ]),
        ),
      );
      const granted = got.filter((one) => one.status === "granted").length;
      expect(granted).toBeLessThanOrEqual(7);
      expect(granted).toBeGreaterThan(0);
      await sleep(50);
      expect((await limiters[0]?.peek(team))?.held).toBe(granted);
      await Promise.all(got.map((one) => one.status === "granted" && one.lease.release()));
    });

    test(`${way}: waits until all are free`, async () => {
      const limiter = limiterOf();
      const { key, team } = three();
      const limits = [
        { name: key, limit: 1 },
        { name: team, limit: 1 },
      ];
      const first = await limiter.acquire(team, 1);
      const asked = limiter.acquire(limits, { waitMs: 5_000 });
      await sleep(150);
      if (first.status === "granted") void first.lease.release();
      expect((await asked).status).toBe("granted");
    });

    test(`${way}: is renewed under each name`, async () => {
      const limiter = limiterOf({ ttlMs: 500 });
      const { key, team } = three();
      const got = await limiter.acquire([
        { name: key, limit: 1 },
        { name: team, limit: 1 },
      ]);
      await sleep(1_300);
      expect(got.status === "granted" && got.lease.held()).toBe(true);
      for (const name of [key, team]) expect((await limiter.peek(name)).held).toBe(1);
    });
  }

  test("refuses an empty list and a name twice", async () => {
    const limiter = createLimiter({ store: backend.make() });
    made.push(limiter);
    const twice = [
      { name: "a", limit: 1 },
      { name: "a", limit: 1 },
    ];
    await expect(limiter.acquire([])).rejects.toThrow(TypeError);
    await expect(limiter.acquire(twice)).rejects.toThrow(TypeError);
  });

  test("a call that fails is unavailable and leaves nothing behind", async () => {
    const store = new FlakyStore(backend.make());
    const limiter = createLimiter({ store, ttlMs: 600 });
    made.push(limiter);
    const limits = [
      { name: "lost one", limit: 1 },
      { name: "lost two", limit: 1 },
    ];
    store.fault = "cut";
    expect(await limiter.acquire(limits)).toMatchObject({ status: "unavailable" });
    store.fault = "ok";
    await sleep(250);
    for (const { name } of limits) expect((await limiter.peek(name)).held).toBe(0);
  });
});
