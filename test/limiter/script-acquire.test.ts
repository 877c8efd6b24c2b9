import { beforeAll, describe, expect, test } from "vitest";
import { onRedis } from "./stores.js";
import { acquireCall, turnedStore } from "./turned-clock.js";

const many = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `p.${from + i}`);
const yes = (mask: string, count: number) => (mask === "" ? count : mask.split("1").length - 1);

describe("the acquire script", () => {
  onRedis((backend) => {
    let turned: ReturnType<typeof turnedStore>;
    let names = 0;
    const name = () => `acquire-${++names}`;
    beforeAll(async () => {
      turned = turnedStore(backend.redis);
      await turned.turn(0);
    });

    test.each([
      [1, 0, 0],
      [0, 3, 0],
      [1, 1, 1],
      [5, 5, 5],
      [6, 5, 5],
      [1_000, 1_000, 1_000],
      [1_000, 999, 999],
      [1_000, 3, 3],
    ])("gives %i ids under a limit of %i exactly %i slots", async (count, limit, expected) => {
      if (count === 0) return expect(turned.store.acquire(name(), acquireCall([], limit))).rejects.toThrow();
      const key = name();
      const reply = await turned.store.acquire(key, acquireCall(many(count), limit));
      expect(yes(reply.mask, count)).toBe(expected);
      expect(reply.held).toBe(expected);
      expect(reply.seq).toBe(turned.now() * 1_000 + expected);
      expect(await backend.redis.zcard(`llmctl:{${key}}:leases`)).toBe(expected);
    });

    test("grants in the order given", async () => {
      const reply = await turned.store.acquire(name(), acquireCall(["p.a", "p.b", "p.c"], 2));
      expect(reply.mask).toBe("110");
      expect(reply.nearest).toBe(turned.now() + 10_000);
    });

    test("holds one slot for an id, however often it is acquired (I5)", async () => {
      const key = name();
      for (let i = 0; i < 5; i++) expect((await turned.store.acquire(key, acquireCall(["p.a"], 1))).held).toBe(1);
      expect((await turned.store.acquire(key, acquireCall(["p.a", "p.b"], 1))).mask).toBe("10");
      expect((await turned.store.acquire(key, acquireCall(["p.b", "p.a"], 1))).mask).toBe("01");
    });

    test("starts the ttl of a retried id again, so that the caller may count from the retry", async () => {
      const key = name();
      await turned.store.acquire(key, acquireCall(["p.a"], 1));
      await turned.turn(6_000);
      await turned.store.acquire(key, acquireCall(["p.a"], 1));
      expect(Number(await backend.redis.zscore(`llmctl:{${key}}:leases`, "p.a"))).toBe(turned.now() + 10_000);
    });

    test("writes nothing when it refuses", async () => {
      const key = name();
      await turned.store.acquire(key, acquireCall(["p.a"], 1));
      const before = await backend.redis.dump(`llmctl:{${key}}:meta`);
      const lastsave = (await backend.redis.info("persistence")).match(/rdb_changes_since_last_save:(\d+)/)?.[1];
      expect((await turned.store.acquire(key, acquireCall(["p.b"], 1))).mask).toBe("0");
      expect(await backend.redis.dump(`llmctl:{${key}}:meta`)).toBe(before);
      const after = (await backend.redis.info("persistence")).match(/rdb_changes_since_last_save:(\d+)/)?.[1];
      expect(after).toBe(lastsave);
      const unknown = name();
      await turned.store.acquire(unknown, acquireCall(["p.a"], 0));
      expect(await backend.redis.keys(`llmctl:{${unknown}}:*`)).toEqual([]);
    });

    test("takes back a slot the moment its deadline has passed, not before", async () => {
      const key = name();
      await turned.store.acquire(key, acquireCall(["p.a"], 1));
      await turned.turn(9_999);
      expect((await turned.store.acquire(key, acquireCall(["p.b"], 1))).mask).toBe("0");
      await turned.turn(1);
      const reply = await turned.store.acquire(key, acquireCall(["p.b"], 1));
      expect(reply).toMatchObject({ held: 1, pruned: 1, lost: false });
      expect(yes(reply.mask, 1)).toBe(1);
    });

    test("never ends a lease before its own deadline, whatever ttl others use (I12)", async () => {
      const key = name();
      await turned.store.acquire(key, acquireCall(["p.long"], 3, { ttlMs: 60_000 }));
      await turned.store.acquire(key, acquireCall(["q.short"], 3, { ttlMs: 100, process: "q" }));
      await turned.turn(59_999);
      const reply = await turned.store.acquire(key, acquireCall(["q.next"], 3, { ttlMs: 100, process: "q" }));
      expect(reply).toMatchObject({ held: 2, pruned: 1, lost: false });
      expect(await backend.redis.pttl(`llmctl:{${key}}:leases`)).toBeGreaterThan(1_000);
    });

    test("gives every key an expiry that never moves earlier (I8)", async () => {
      const key = name();
      const keys = [`llmctl:{${key}}:leases`, `llmctl:{${key}}:meta`];
      let before = [0, 0];
      for (const ttlMs of [1_000, 60_000, 500, 100, 60_000, 100]) {
        await turned.store.acquire(key, acquireCall([`p.${ttlMs}.${Math.random()}`], 9, { ttlMs }));
        const after = await Promise.all(keys.map((one) => backend.redis.call("PEXPIRETIME", one) as Promise<number>));
        for (const [index, at] of after.entries()) expect(at).toBeGreaterThanOrEqual(before[index] as number);
        before = after;
      }
      const meta = await backend.redis.hgetall(keys[1] as string);
      expect(before).toEqual([Number(meta.until) + 1_000, Number(meta.until) + 600_000]);
    });

    test("admits nobody above a lowered limit and cancels nobody (I9)", async () => {
      const key = name();
      await turned.store.acquire(key, acquireCall(many(5), 5));
      const lowered = await turned.store.acquire(key, acquireCall(["p.x"], 2));
      expect(lowered).toMatchObject({ mask: "0", held: 5 });
      await turned.store.release(key, { ids: many(3), process: "p", leave: false });
      expect((await turned.store.acquire(key, acquireCall(["p.x"], 2))).mask).toBe("0");
      await turned.store.release(key, { ids: ["p.3"], process: "p", leave: false });
      expect(yes((await turned.store.acquire(key, acquireCall(["p.x"], 2))).mask, 1)).toBe(1);
    });

    test("refuses an absurd sequence number instead of running away with it", async () => {
      const seen = { epoch: "e", seq: 5e15, ttlMs: 10_000 };
      await expect(turned.store.acquire(name(), acquireCall(["p.a"], 1, { seen }))).rejects.toThrow("absurd");
    });
  });
});
