import { beforeEach, describe, expect, test } from "vitest";
import { createLimiter, type Lease, type Limiter, memoryStore } from "../../src/limiter/index.js";
import { FlakyStore } from "./flaky-store.js";
import { ManualClock, settle } from "./manual-clock.js";

const ttlMs = 15_000;

describe("keeping and stopping a holder", () => {
  let clock: ManualClock;
  let store: FlakyStore;
  let limiter: Limiter;
  let lost: Lease[];
  beforeEach(() => {
    clock = new ManualClock();
    store = new FlakyStore(memoryStore({ clock }));
    limiter = createLimiter({ store, clock, ttlMs, refusalCacheMs: 0, random: () => 0.5 });
    lost = [];
    limiter.on("lost", (lease) => lost.push(lease));
  });
  const hold = async (): Promise<Lease> => {
    const got = await limiter.acquire("k", 1);
    if (got.status !== "granted") throw new Error(got.status);
    return got.lease;
  };

  test("never renews a call shorter than a third of the ttl", async () => {
    for (let i = 0; i < 20; i++) {
      const lease = await hold();
      await clock.advance(4_900);
      await lease.release();
    }
    expect(store.count("renew")).toBe(0);
  });

  test("first renews by half of the ttl, then every so often", async () => {
    await hold();
    await clock.advance(4_999);
    expect(store.count("renew")).toBe(0);
    await clock.advance(2_501);
    expect(store.count("renew")).toBe(1);
    await clock.advance(60_000);
    expect(store.count("renew")).toBeGreaterThanOrEqual(8);
    expect(store.count("renew")).toBeLessThanOrEqual(13);
    expect(lost).toEqual([]);
  });

  test("renews a lease before it is 0.4 ttl old, so that a loop blocked for half a ttl loses none", async () => {
    for (const age of [0, 700, 1_900, 2_400]) {
      const lease = await limiter.acquire(`k ${age}`, 1);
      if (lease.status !== "granted") throw new Error(lease.status);
      const sent = store.count("renew");
      for (let waited = 0; waited < 0.39 * ttlMs; waited += 10) await clock.advance(10);
      expect(store.count("renew")).toBeGreaterThan(sent);
      await lease.lease.release();
      await clock.advance(age);
    }
  });

  test("survives two missed beats", async () => {
    const lease = await hold();
    await clock.advance(7_000);
    store.fault = "unsent";
    await clock.advance(5_400);
    store.fault = "ok";
    await clock.advance(20_000);
    expect(lease.held()).toBe(true);
    expect(lost).toEqual([]);
  });

  test("aborts a holder that cannot renew before the server could grant its slot again (I7)", async () => {
    const lease = await hold();
    const { signal } = lease;
    store.fault = "unsent";
    let free = false;
    while (!signal.aborted) {
      await clock.advance(1);
      const view = await store.inner.peek("k", false);
      free ||= view.held === 0;
    }
    expect(free).toBe(false);
    expect(lease.held()).toBe(false);
    expect(lost).toEqual([lease]);
    expect(signal.reason).toMatchObject({ name: "LeaseLost" });
    expect(await lease.release()).toBe("late");
  });

  test.each([0.5, 1, 2])(
    "a loop blocked for %d ttl: held() is true on its first line only if the slot still is",
    async (part) => {
      const lease = await hold();
      const { signal } = lease;
      clock.skip(part * ttlMs);
      expect(lease.held()).toBe(part < 0.9);
      await clock.advance(0);
      expect(signal.aborted).toBe(part >= 0.9);
      await clock.advance(2 * ttlMs);
      expect(lost).toHaveLength(part < 0.9 ? 0 : 1);
      expect(lease.held()).toBe(part < 0.9);
    },
  );

  test("a server whose clock is slewed 8.3 % fast frees no slot before its holder has stopped (I7)", async () => {
    const fast = { ...clock, monotonic: () => clock.monotonic() * 1.083 };
    const other = new FlakyStore(memoryStore({ clock: fast }));
    const cutOff = createLimiter({ store: other, clock, ttlMs: 5_000, random: () => 0.5 });
    const got = await cutOff.acquire("k", 1);
    if (got.status !== "granted") throw new Error(got.status);
    const { signal } = got.lease;
    other.fault = "unsent";
    while (!signal.aborted) {
      await clock.advance(5);
      if (!signal.aborted) expect((await other.inner.peek("k", false)).held).toBe(1);
    }
  });

  test("a signal asked for after the loss is aborted already", async () => {
    const lease = await hold();
    await clock.block(2 * ttlMs);
    expect(lease.signal.aborted).toBe(true);
  });

  test("a renewal whose reply comes after the deadline does not raise the dead, and its slot is let go of", async () => {
    const lease = await hold();
    await clock.advance(7_000);
    store.fault = "hang";
    await clock.advance(14_000);
    expect(lost).toEqual([lease]);
    store.fault = "ok";
    store.thaw();
    await settle();
    expect(lease.held()).toBe(false);
    expect((await store.inner.peek("k", false)).held).toBe(0);
  });

  test("says so when the slot was lost while the function ran", async () => {
    const ran = limiter.run("k", 1, async () => {
      await clock.block(2 * ttlMs);
      return "done";
    });
    expect(await ran).toEqual({ status: "granted", value: "done", lost: true });
  });

  test("an id on its way to release is not renewed", async () => {
    const lease = await hold();
    await clock.advance(4_999);
    void lease.release();
    await clock.advance(10_000);
    expect(store.count("renew")).toBe(0);
  });

  test("a wall clock that jumps an hour has no effect but a report", async () => {
    const jumps: number[] = [];
    limiter.on("clockJump", ({ source, jumpMs }) => source === "local" && jumps.push(jumpMs));
    const lease = await hold();
    for (const hour of [3_600_000, -3_600_000]) {
      clock.wallOffset += hour;
      expect(lease.held()).toBe(true);
      await clock.advance(20_000);
      expect(lease.held()).toBe(true);
    }
    expect(jumps).toEqual([3_600_000, -3_600_000]);
    expect(lost).toEqual([]);
  });
});
