import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  createLimiter,
  type Lease,
  type Limiter,
  type LimiterOptions,
  memoryStore,
  type Store,
} from "../../src/limiter/index.js";
import { FlakyStore } from "./flaky-store.js";
import { ManualClock, settle } from "./manual-clock.js";
import { onBothStores } from "./stores.js";

let made: Limiter[] = [];
afterEach(async () => {
  await Promise.all(made.map((limiter) => limiter.close()));
  made = [];
});
const keep = (limiter: Limiter): Limiter => {
  made.push(limiter);
  return limiter;
};
const held = async (limiter: Limiter, key: string, limit = 1): Promise<Lease> => {
  const got = await limiter.acquire(key, limit);
  if (got.status !== "granted") throw new Error(got.status);
  return got.lease;
};

onBothStores((backend) => {
  let names = 0;
  const name = () => `mistakes-${++names}`;
  const limiterOf = (options: Partial<LimiterOptions> = {}) =>
    keep(createLimiter({ store: backend.make(), refusalCacheMs: 0, ...options }));

  test("the same instance in two processes: two ids, one slot", async () => {
    const key = name();
    const [a, b] = [limiterOf({ instance: "pod-1" }), limiterOf({ instance: "pod-1" })];
    const lease = await held(a, key);
    expect(lease.id).toMatch(/^pod-1-/);
    expect((await b.acquire(key, 1)).status).toBe("refused");
    expect(a.instance).not.toBe(b.instance);
  });

  test("close aborts what still runs, waits for it, and only then gives the slot back", async () => {
    const key = name();
    const [a, b] = [limiterOf(), limiterOf()];
    let working = 0;
    const running = a.run(key, 1, async (signal) => {
      working++;
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      await sleep(100);
      working--;
      return "stopped";
    });
    while (working === 0) await sleep(1);
    const closed = a.close();
    while ((await b.acquire(key, 1)).status !== "granted") await sleep(5);
    expect(working).toBe(0);
    expect(await running).toEqual({ status: "granted", value: "stopped" });
    await closed;
  });

  test("close between grants and the start of their functions: none begins without its slot", async () => {
    const key = name();
    const [limiter, other] = [limiterOf(), limiterOf()];
    await limiter.peek(key);
    await other.peek(key);
    const held: boolean[] = [];
    let closed: Promise<void> | undefined;
    const running = Array.from({ length: 40 }, () =>
      limiter.run(key, 40, (_signal, lease) => {
        held.push(lease.held());
        closed ??= limiter.close();
      }),
    );
    const got = await Promise.all(running);
    expect(held).not.toContain(false);
    expect(got.filter(({ status }) => status === "granted")).toHaveLength(held.length);
    await closed;
    expect((await other.peek(key)).held).toBe(0);
  });

  test("close({ drainMs }) refuses new calls and lets the running ones end unaborted", async () => {
    const key = name();
    const limiter = limiterOf();
    let aborted: boolean | undefined;
    await limiter.peek(key);
    const running = limiter.run(key, 1, async (signal) => {
      await sleep(300);
      aborted = signal.aborted;
    });
    while (limiter.active() === 0) await sleep(1);
    const since = performance.now();
    const closed = limiter.close({ drainMs: 5_000 });
    expect(await limiter.acquire(key, 2)).toMatchObject({ status: "unavailable" });
    await Promise.all([running, closed]);
    expect(aborted).toBe(false);
    expect(performance.now() - since).toBeLessThan(2_000);
  });

  test("close({ drainMs }) aborts what has not ended by then", async () => {
    const key = name();
    const limiter = limiterOf();
    const lease = await held(limiter, key);
    const { signal } = lease;
    const closed = limiter.close({ drainMs: 150 });
    await sleep(80);
    expect([signal.aborted, lease.held()]).toEqual([false, true]);
    await closed;
    expect([signal.aborted, lease.held()]).toEqual([true, false]);
  });

  test("a function that ignores its signal keeps its slot until its lease ends, and close waits no longer", async () => {
    const key = name();
    const [a, b] = [limiterOf({ ttlMs: 600 }), limiterOf({ ttlMs: 600 })];
    let end = () => {};
    await b.peek(key);
    const running = a.run(key, 1, () => new Promise<void>((resolve) => (end = resolve)));
    while (a.active(key) === 0) await sleep(1);
    const since = performance.now();
    const closed = a.close();
    await sleep(100);
    expect((await b.acquire(key, 1)).status).toBe("refused");
    await closed;
    expect(performance.now() - since).toBeLessThan(900);
    end();
    expect(await running).toMatchObject({ status: "granted", lost: true });
  });

  test("a caller's signal reaches the function, and counts without waitMs", async () => {
    const key = name();
    const limiter = limiterOf();
    const stop = new AbortController();
    const running = limiter.run(
      key,
      1,
      async (signal) => {
        setTimeout(() => stop.abort(new Error("client went away")), 20);
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        return signal.reason.message;
      },
      { signal: stop.signal },
    );
    expect(await running).toEqual({ status: "granted", value: "client went away" });
    const ran = vi.fn();
    await expect(limiter.run(key, 1, ran, { signal: stop.signal })).rejects.toThrow("client went away");
    await expect(limiter.acquire(key, 1, { signal: stop.signal })).rejects.toThrow("client went away");
    await expect(limiter.acquire([{ name: key, limit: 1 }], { signal: stop.signal })).rejects.toThrow("went away");
    expect(ran).not.toHaveBeenCalled();
    await sleep(20);
    expect((await limiter.peek(key)).held).toBe(0);
  });

  test("a signal that aborts while the call is on its way: rejected at once, and no slot is left", async () => {
    const key = name();
    const store = new FlakyStore(backend.make());
    const limiter = limiterOf({ store });
    store.fault = "late";
    const stop = new AbortController();
    const asked = limiter.acquire(key, 1, { signal: stop.signal });
    await settle();
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await sleep(20);
    store.fault = "ok";
    store.thaw();
    await sleep(50);
    expect((await limiter.peek(key)).held).toBe(0);
  });

  test("waitMs: Infinity waits until a slot is free", async () => {
    const key = name();
    const [a, b] = [limiterOf(), limiterOf()];
    const lease = await held(a, key);
    const asked = [Number.POSITIVE_INFINITY, 2 ** 40].map((waitMs) => b.run(key, 1, () => "mine", { waitMs }));
    await sleep(100);
    void lease.release();
    for (const one of asked) expect(await one).toEqual({ status: "granted", value: "mine" });
  });

  test.each([Number.NaN, -1])("waitMs: %d makes no sense", async (waitMs) => {
    await expect(limiterOf().acquire(name(), 1, { waitMs })).rejects.toThrow(RangeError);
  });

  test("one store for two limiters: closing one leaves the other at work", async () => {
    const key = name();
    const store: Store = backend.make();
    const [a, b] = [limiterOf({ store }), limiterOf({ store })];
    await held(a, key, 2);
    await a.close();
    const lease = await held(b, key, 1);
    expect(await lease.release()).toBe("released");
  });

  test("a raised limit, a function's: waiters hear of it at once", async () => {
    const key = name();
    const limiter = limiterOf();
    await held(limiter, key);
    let limit = 1;
    const asked = limiter.acquire(key, () => limit, { waitMs: 10_000 });
    await sleep(1_300);
    const since = performance.now();
    limit = 2;
    expect((await asked).status).toBe("granted");
    expect(performance.now() - since).toBeLessThan(250);
  });

  test("a waiter with a lower limit keeps no slot from those with a higher one", async () => {
    const key = name();
    const [low, high] = [limiterOf(), limiterOf()];
    for (let i = 0; i < 2; i++) await held(high, key, 5);
    const asked = low.acquire(key, 1, { waitMs: 2_000 });
    await sleep(200);
    for (let i = 0; i < 3; i++) await held(high, key, 5);
    expect((await asked).status).toBe("refused");
  });

  test("retryAfterMs follows the rate at which slots come free, not the far end of a lease", async () => {
    const key = name();
    const limiter = limiterOf();
    for (let i = 0; i < 20; i++) {
      const lease = await held(limiter, key);
      await sleep(20);
      await lease.release();
    }
    const lease = await held(limiter, key);
    const denied = await limiter.acquire(key, 1);
    expect(denied.status === "refused" && denied.retryAfterMs).toBeLessThan(100);
    expect(denied.status === "refused" && denied.retryAfterMs).toBeGreaterThan(5);
    await lease.release();
  });

  test.each([["setTimeout", "setImmediate", "setInterval", "queueMicrotask", "Date", "performance"]] as const)(
    "fake timers: %s and all others faked, an acquire is answered all the same",
    async (...toFake) => {
      const limiter = limiterOf();
      const key = name();
      await held(limiter, `${key} before`);
      vi.useFakeTimers({ toFake: [...toFake] });
      try {
        const lease = await held(limiter, key);
        expect(await lease.release()).toBe("released");
      } finally {
        vi.useRealTimers();
      }
    },
  );
});

describe("user code that throws", () => {
  let clock: ManualClock;
  let store: FlakyStore;
  let warnings: Error[];
  const warned = (warning: Error) => warnings.push(warning);
  beforeEach(() => {
    clock = new ManualClock();
    store = new FlakyStore(memoryStore({ clock }));
    warnings = [];
    process.on("warning", warned);
  });
  afterEach(() => {
    process.off("warning", warned);
  });
  const boom = () => {
    throw new Error("boom");
  };
  const limiterOf = (options: Partial<LimiterOptions> = {}) =>
    createLimiter({ store, clock, refusalCacheMs: 0, random: () => 0.5, ...options });

  test.each(["nearLimit", "stateLoss", "clockJump", "breaker"] as const)(
    "a %s listener: calls are answered, and the mistake is reported",
    async (event) => {
      const limiter = limiterOf();
      limiter.on(event, boom);
      const inner = store.inner.acquire.bind(store.inner);
      let now = 0;
      store.inner.acquire = async (key, call) => {
        const reply = await inner(key, call);
        now += 1e7;
        return event === "stateLoss" || event === "clockJump" ? { ...reply, lost: true, now: reply.now + now } : reply;
      };
      if (event === "breaker") store.fault = "error";
      for (let i = 0; i < 6; i++) await limiter.acquire("k", 2);
      store.fault = "ok";
      await clock.advance(2_000);
      expect((await limiter.acquire("other", 1)).status).toBe("granted");
      expect((await limiter.acquire("k", 20)).status).toBe("granted");
      await sleep(10);
      expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(`"${event}".*boom`)]);
    },
  );

  test.each(["count", "gauge", "observe"] as const)("metrics.%s: calls are answered", async (method) => {
    const metrics = { count() {}, gauge() {}, observe() {}, [method]: boom };
    const limiter = limiterOf({ metrics });
    for (let i = 0; i < 3; i++) {
      const lease = await held(limiter, "k");
      expect((await limiter.acquire("k", 1)).status).toBe("refused");
      expect(await lease.release()).toBe("released");
    }
    await sleep(10);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(`metrics.${method}.*boom`)]);
  });

  test("metrics that reject are reported, not left unhandled", async () => {
    const metrics = { count: async () => boom(), gauge() {}, observe() {} };
    await held(limiterOf({ metrics }), "k");
    await sleep(10);
    expect(warnings).toHaveLength(1);
  });

  test("a lost listener: the other leases are renewed and aborted as ever", async () => {
    const limiter = limiterOf();
    limiter.on("lost", boom);
    const [one, two] = [await held(limiter, "one"), await held(limiter, "two")];
    const signals = [one.signal, two.signal];
    const renew = store.renew;
    store.renew = (key, call) => (key === "one" ? new Promise(() => {}) : renew(key, call));
    await clock.advance(60_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(two.held()).toBe(true);
    store.fault = "unsent";
    await clock.advance(20_000);
    expect(signals[1]?.aborted).toBe(true);
  });

  test("a limit function that throws: its caller hears of it, the others do not", async () => {
    const limiter = limiterOf();
    const lease = await held(limiter, "k");
    let broken = false;
    const waits = limiter.acquire("k", () => (broken ? boom() : 1), { waitMs: 60_000 });
    const other = limiter.acquire("k", 1, { waitMs: 60_000 });
    await settle();
    broken = true;
    void lease.release();
    await expect(waits).rejects.toThrow("boom");
    await clock.advance(2_000);
    expect((await other).status).toBe("granted");
    await expect(limiter.acquire("k", boom)).rejects.toThrow("boom");
  });

  test("a limit function that throws after a call without a reply leaves no slot behind", async () => {
    const limiter = limiterOf();
    let broken = false;
    store.fault = "cut";
    const waits = limiter.acquire("k", () => (broken ? boom() : 1), { waitMs: 60_000 });
    const thrown = expect(waits).rejects.toThrow("boom");
    await settle();
    store.fault = "ok";
    broken = true;
    await clock.advance(2_000);
    await thrown;
    expect((await store.inner.peek("k", false)).held).toBe(0);
  });

  test("a closed limiter admits nobody, whatever the policy for a store that is away", async () => {
    for (const options of [{ whenDown: "open" }, { whenDown: "share" }, { shadow: true }] as const) {
      const limiter = limiterOf(options);
      await limiter.close();
      expect(await limiter.acquire("k", 1)).toMatchObject({ status: "unavailable" });
      expect(await limiter.acquire("k", 1, { waitMs: 1_000 })).toMatchObject({ status: "unavailable" });
      expect(await limiter.acquire([{ name: "k", limit: 1 }])).toMatchObject({ status: "unavailable" });
    }
  });

  test.each([
    { maxInFlight: 0 },
    { maxInFlight: 1.5 },
    { flights: 0 },
    { refusalCacheMs: -1 },
    { echoMs: Number.NaN },
    { maxWaiting: -1 },
    { ttlMs: Number.NaN },
    { instance: "" },
    { instance: "a b" },
    { whenDown: "ajar" as never },
  ])("options that make no sense are refused at once: %j", (options) => {
    expect(() => createLimiter({ store, ...options })).toThrow(
      /^(maxInFlight|flights|refusalCacheMs|echoMs|maxWaiting|ttlMs|instance|whenDown) /,
    );
  });
});
