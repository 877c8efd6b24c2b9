import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createLimiter, type Limiter, type LimiterOptions } from "../../src/limiter/index.js";
import { onBothStores } from "./stores.js";

let made: Limiter[] = [];
afterEach(async () => {
  await Promise.all(made.map((limiter) => limiter.close()));
  made = [];
});

onBothStores((backend) => {
  let names = 0;
  const name = () => `limiter-${++names}`;
  const limiterOf = (options: Partial<LimiterOptions> = {}) => {
    const limiter = createLimiter({ store: backend.make(), refusalCacheMs: 0, ...options });
    made.push(limiter);
    return limiter;
  };

  test("grants up to the limit, refuses the next and grants again after a release", async () => {
    const key = name();
    const limiter = limiterOf();
    const first = await limiter.acquire(key, 2);
    const second = await limiter.acquire(key, 2);
    expect([first.status, second.status]).toEqual(["granted", "granted"]);
    const third = await limiter.acquire(key, 2);
    expect(third).toMatchObject({ status: "refused", name: key });
    expect(third.status === "refused" && third.retryAfterMs).toBeGreaterThan(0);
    if (first.status !== "granted") return;
    expect(first.lease.held()).toBe(true);
    expect(await first.lease.release()).toBe("released");
    expect(first.lease.held()).toBe(false);
    expect((await limiter.acquire(key, 2)).status).toBe("granted");
  });

  test("counts across limiters that share the store", async () => {
    const key = name();
    const [a, b] = [limiterOf(), limiterOf()];
    expect((await a.acquire(key, 1)).status).toBe("granted");
    expect((await b.acquire(key, 1)).status).toBe("refused");
  });

  test("grants exactly the limit when a crowd asks at once", async () => {
    const key = name();
    const limiters = [limiterOf(), limiterOf(), limiterOf()];
    const asked = Array.from({ length: 300 }, (_, i) => limiters[i % 3]?.acquire(key, 17));
    const results = await Promise.all(asked);
    expect(results.filter((result) => result?.status === "granted")).toHaveLength(17);
  });

  test("runs a function with a slot, releases it also after a throw, and throws on", async () => {
    const key = name();
    const limiter = limiterOf();
    const ran = await limiter.run(key, 1, async (signal, lease) => {
      expect(signal.aborted).toBe(false);
      expect(lease.held()).toBe(true);
      return 7;
    });
    expect(ran).toEqual({ status: "granted", value: 7 });
    const broken = limiter.run(key, 1, () => Promise.reject(new Error("mine")));
    await expect(broken).rejects.toThrow("mine");
    expect(await limiter.run(key, 1, () => "again")).toEqual({ status: "granted", value: "again" });
  });

  test("answers a refusal of run as a value", async () => {
    const key = name();
    const limiter = limiterOf();
    await limiter.acquire(key, 1);
    expect(await limiter.run(key, 1, () => "never")).toMatchObject({ status: "refused" });
  });

  test("keeps a slot far longer than its ttl", async () => {
    const key = name();
    const limiter = limiterOf({ ttlMs: 600 });
    const got = await limiter.acquire(key, 1);
    const other = limiterOf({ ttlMs: 600 });
    for (let waited = 0; waited < 2_000; waited += 100) {
      await sleep(100);
      expect((await other.acquire(key, 1)).status).toBe("refused");
    }
    expect(got.status === "granted" && got.lease.held()).toBe(true);
    expect(got.status === "granted" && got.lease.signal.aborted).toBe(false);
  });

  test("peeks without touching", async () => {
    const key = name();
    const limiter = limiterOf();
    expect(await limiter.peek(key)).toEqual({
      held: 0,
      oldestMs: null,
      nextExpiryMs: null,
      seq: 0,
      limit: 0,
      recovering: false,
    });
    const got = await limiter.acquire(key, 3);
    const peek = await limiter.peek(key);
    expect(peek).toMatchObject({ held: 1, limit: 3, recovering: false });
    expect(peek.nextExpiryMs).toBeGreaterThan(13_000);
    expect(peek.oldestMs).toBeLessThan(2_000);
    expect(got.status === "granted" && got.lease.seq).toBe(peek.seq);
  });

  test("lets go of everything when it closes", async () => {
    const key = name();
    const limiter = limiterOf();
    for (let i = 0; i < 5; i++) await limiter.acquire(key, 5);
    const other = limiterOf();
    expect((await other.peek(key)).held).toBe(5);
    await limiter.close();
    expect((await other.peek(key)).held).toBe(0);
    expect(await limiter.acquire(key, 5)).toMatchObject({ status: "unavailable" });
  });

  test("disposes with the block", async () => {
    const key = name();
    const limiter = limiterOf();
    {
      const got = await limiter.acquire(key, 1);
      if (got.status !== "granted") throw new Error(got.status);
      await using lease = got.lease;
      expect(lease.held()).toBe(true);
    }
    expect((await limiter.peek(key)).held).toBe(0);
  });

  describe("refuses what makes no sense", () => {
    test.each(["", "a{b}", "}"])("name %j", async (bad) => {
      await expect(limiterOf().acquire(bad, 1)).rejects.toThrow(TypeError);
    });
    test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("limit %d", async (bad) => {
      await expect(limiterOf().acquire(name(), bad)).rejects.toThrow(RangeError);
      await expect(limiterOf().acquire(name(), () => bad)).rejects.toThrow(RangeError);
    });
    test("a ttl of nothing", () => {
      expect(() => createLimiter({ store: backend.make(), ttlMs: 0 })).toThrow(RangeError);
    });
  });

  test("a limit of 0 admits nobody", async () => {
    expect((await limiterOf().acquire(name(), 0)).status).toBe("refused");
  });
});
