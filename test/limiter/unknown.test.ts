import { beforeEach, describe, expect, test } from "vitest";
import { createLimiter, type Limiter, memoryStore } from "../../src/limiter/index.js";
import { FlakyStore } from "./flaky-store.js";
import { ManualClock, settle } from "./manual-clock.js";

const ttlMs = 3_000;

describe("calls whose outcome nobody knows", () => {
  let clock: ManualClock;
  let store: FlakyStore;
  let limiter: Limiter;
  const held = async () => (await store.inner.peek("k", false)).held;
  beforeEach(() => {
    clock = new ManualClock();
    store = new FlakyStore(memoryStore({ clock }));
    limiter = createLimiter({ store, clock, ttlMs, refusalCacheMs: 0, random: () => 0.5 });
  });

  test("an acquire without a reply is unavailable, and its slot is let go of (I3)", async () => {
    store.fault = "cut";
    const asked = limiter.acquire("k", 1);
    expect(await asked).toMatchObject({ status: "unavailable", cause: { unknown: true } });
    store.fault = "ok";
    await clock.advance(ttlMs / 6);
    expect(await held()).toBe(0);
  });

  test("leaves nothing past one ttl even when the release is lost as well (I3)", async () => {
    store.fault = "cut";
    await limiter.acquire("k", 1);
    store.fault = "unsent";
    await clock.advance(ttlMs + 1);
    expect(await held()).toBe(0);
  });

  test("a waiter goes on under the same id, and holds one slot for it (I5)", async () => {
    const ids = new Set<string>();
    const inner = store.inner.acquire.bind(store.inner);
    store.inner.acquire = (name, call) => {
      for (const id of call.ids) ids.add(id);
      return inner(name, call);
    };
    store.fault = "cut";
    const asked = limiter.acquire("k", 1, { waitMs: 10_000 });
    await settle();
    expect(await held()).toBe(1);
    store.fault = "ok";
    await clock.advance(2_000);
    const got = await asked;
    expect(got).toMatchObject({ status: "granted" });
    expect([...ids]).toEqual([got.status === "granted" && got.lease.id]);
    expect(await held()).toBe(1);
  });

  test("a waiter who gives up leaves no slot behind (I3)", async () => {
    store.fault = "cut";
    const stop = new AbortController();
    const asked = limiter.acquire("k", 1, { waitMs: 10_000, signal: stop.signal });
    await settle();
    store.fault = "ok";
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await settle();
    expect(await held()).toBe(0);
  });

  test("a waiter who gives up while its call is on its way leaves no slot behind (I3)", async () => {
    store.fault = "hang";
    const stop = new AbortController();
    const asked = limiter.acquire("k", 1, { waitMs: 10_000, signal: stop.signal });
    await settle();
    stop.abort();
    await expect(asked).rejects.toThrow();
    store.fault = "ok";
    store.thaw();
    await settle();
    expect(await held()).toBe(0);
  });

  test("a grant that arrives after its own deadline is given back, not used", async () => {
    store.fault = "hang";
    const asked = limiter.acquire("k", 1);
    await settle();
    const frozen = store.inner.acquire.bind(store.inner);
    store.inner.acquire = async (name, call) => {
      const reply = await frozen(name, call);
      clock.skip(ttlMs);
      return reply;
    };
    store.fault = "ok";
    store.thaw();
    expect(await asked).toMatchObject({ status: "unavailable" });
    await settle();
    expect(await held()).toBe(0);
  });

  test("a release without a reply resolves, says so, and is tried again until the slot is free", async () => {
    const got = await limiter.acquire("k", 1);
    if (got.status !== "granted") throw new Error(got.status);
    store.fault = "unsent";
    expect(await got.lease.release()).toBe("unknown");
    expect(await held()).toBe(1);
    store.fault = "ok";
    await clock.advance(ttlMs / 6 + 1);
    expect(await held()).toBe(0);
  });

  test("releasing twice, late or out of turn never frees another's slot and never throws (I4)", async () => {
    const got = await limiter.acquire("k", 1);
    if (got.status !== "granted") throw new Error(got.status);
    await clock.block(2 * ttlMs);
    const next = await limiter.acquire("k", 1);
    expect(next.status).toBe("granted");
    expect(await Promise.all([got.lease.release(), got.lease.release()])).toEqual(["late", "late"]);
    expect(await held()).toBe(1);
    // Doubled and reordered on the way: the same ids once more, after everything.
    await store.inner.release("k", { ids: [got.lease.id], process: "p", leave: false });
    expect(await held()).toBe(1);
  });

  test("a release that races a renewal wins, and the slot is free (I4)", async () => {
    const got = await limiter.acquire("k", 1);
    if (got.status !== "granted") throw new Error(got.status);
    await clock.advance(ttlMs / 3 - 1);
    expect(store.count("renew")).toBe(0);
    store.fault = "hang";
    await clock.advance(1);
    expect(store.sent.at(-1)).toBe("renew");
    const released = got.lease.release();
    await settle();
    store.fault = "ok";
    store.thaw();
    expect(await released).toBe("released");
    expect(await held()).toBe(0);
  });

  test("keeps no more than so many failed releases", async () => {
    const grants = await Promise.all(Array.from({ length: 12_000 }, () => limiter.acquire("k", 20_000)));
    store.fault = "unsent";
    await Promise.all(grants.map((got) => got.status === "granted" && got.lease.release()));
    store.fault = "ok";
    await clock.advance(ttlMs / 2 + 2_000);
    expect(await held()).toBeLessThanOrEqual(2_000);
    await clock.advance(ttlMs);
    expect(await held()).toBe(0);
  });

  test("whoever does not wait overtakes no waiter whose call is on its way", async () => {
    const first = await limiter.acquire("k", 1);
    if (first.status !== "granted") throw new Error(first.status);
    store.fault = "late";
    const waits = limiter.acquire("k", 1, { waitMs: 10_000 });
    await settle();
    store.fault = "ok";
    void first.lease.release();
    const asks = limiter.acquire("k", 1);
    await settle();
    store.thaw();
    expect((await waits).status).toBe("granted");
    expect((await asks).status).toBe("refused");
  });

  test("a waiter whose grant is on its way is not asked for twice, so that nothing takes its slot back", async () => {
    store.fault = "late";
    const waits = limiter.acquire("k", 2, { waitMs: 10_000 });
    await settle();
    store.fault = "ok";
    const asks = limiter.acquire("k", 2);
    await settle();
    store.thaw();
    expect([(await waits).status, (await asks).status]).toEqual(["granted", "granted"]);
    await settle();
    expect(await held()).toBe(2);
  });
});
