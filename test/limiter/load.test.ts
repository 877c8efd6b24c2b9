import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { createLimiter, memoryStore } from "../../src/limiter/index.js";
import { FlakyStore } from "./flaky-store.js";
import { ManualClock, settle } from "./manual-clock.js";
import { Recorder } from "./recorder.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that something still refers to. */
function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

describe("under load", () => {
  test("sends two commands for an admission when idle, and fewer when there is a crowd (I13)", async () => {
    const store = new FlakyStore(memoryStore());
    const limiter = createLimiter({ store });
    for (let i = 0; i < 50; i++) {
      const got = await limiter.acquire("k", 1);
      if (got.status === "granted") await got.lease.release();
    }
    expect(store.sent.length).toBe(100);
    store.sent.length = 0;
    await Promise.all(
      Array.from({ length: 64 }, async () => {
        for (let i = 0; i < 20; i++) {
          const got = await limiter.acquire("k", 64);
          if (got.status === "granted") void got.lease.release();
        }
      }),
    );
    expect(store.sent.length).toBeLessThan(200);
    await limiter.close();
  });

  test("keeps at most two flushes of a name on their way, and no queue but the callers themselves", async () => {
    const store = new FlakyStore(memoryStore());
    const limiter = createLimiter({ store });
    store.fault = "hang";
    const asked: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      asked.push(limiter.acquire("k", 100));
      await settle();
    }
    expect(store.sent).toHaveLength(2);
    store.fault = "ok";
    store.thaw();
    await Promise.all(asked);
    expect(store.sent).toHaveLength(3);
  });

  test("a full limit that is hammered costs the server next to nothing", async () => {
    const clock = new ManualClock();
    const store = new FlakyStore(memoryStore({ clock }));
    const limiter = createLimiter({ store, clock });
    await limiter.acquire("k", 1);
    for (let i = 0; i < 1_000; i++) expect((await limiter.acquire("k", 1)).status).toBe("refused");
    expect(store.sent.length).toBeLessThan(5);
    await clock.advance(4);
    await limiter.acquire("k", 1);
    expect(store.sent.length).toBe(3);
  });

  test("forgets names that nobody uses, and still never lets a number fall (I13, I15)", async () => {
    const clock = new ManualClock();
    const limiter = createLimiter({ store: memoryStore({ clock }), clock });
    const before = heapInUse();
    let last = 0;
    for (let round = 0; round < 20; round++) {
      const grants = await Promise.all(Array.from({ length: 2_000 }, (_, i) => limiter.acquire(`${round}-${i}`, 1)));
      for (const got of grants) {
        if (got.status !== "granted") throw new Error(got.status);
        void got.lease.release();
      }
      const again = await limiter.acquire("always", 1);
      if (again.status !== "granted") throw new Error(again.status);
      expect(again.lease.seq).toBeGreaterThan(last);
      last = again.lease.seq;
      void again.lease.release();
      await clock.advance(200_000);
    }
    expect(heapInUse() - before).toBeLessThan(15e6);
  });

  test("a million calls of one name leave nothing behind (I13)", { timeout: 60_000 }, async () => {
    const limiter = createLimiter({ store: memoryStore() });
    const first = await limiter.acquire("k", 1);
    if (first.status !== "granted") throw new Error(first.status);
    await first.lease.release();
    const callers = Array.from({ length: 100 }, async () => {
      for (let i = 0; i < 10_000; i++) {
        const got = await limiter.acquire("k", 100);
        if (got.status === "granted") void got.lease.release();
      }
    });
    await Promise.all(callers);
    await settle();
    expect(await limiter.peek("k")).toMatchObject({ held: 0, seq: first.lease.seq + 1_000_000 });
    await limiter.close();
  });

  test("tells what it does", async () => {
    const clock = new ManualClock();
    const metrics = new Recorder();
    const limiter = createLimiter({ store: memoryStore({ clock }), clock, metrics });
    const near: number[] = [];
    limiter.on("nearLimit", ({ held }) => near.push(held));
    const grants = [];
    for (let i = 0; i < 6; i++) grants.push(await limiter.acquire("k", 5));
    expect(near).toEqual([4]);
    await clock.advance(6_000);
    for (const got of grants) if (got.status === "granted") await got.lease.release();
    expect(metrics.counts).toEqual({ granted: 5, refused: 1, renewals: 5, released: 5 });
    expect(metrics.gauges).toMatchObject({ held: 5, limit: 5 });
    expect(Object.keys(metrics.seen).sort()).toEqual(["acquire", "batch", "hold", "renewalLag"]);
    expect(metrics.seen.hold).toEqual([6_000, 6_000, 6_000, 6_000, 6_000]);
  });
});
