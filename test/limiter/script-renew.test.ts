import { beforeAll, describe, expect, test } from "vitest";
import type { Reply, Seen } from "../../src/limiter/store.js";
import { onRedis } from "./stores.js";
import { acquireCall, turnedStore, unseen } from "./turned-clock.js";

const ttlMs = 10_000;
const seenIn = (reply: Reply): Seen => ({ epoch: reply.epoch, seq: reply.seq, ttlMs });

describe("the renew script and the loss rule", () => {
  onRedis((backend) => {
    let turned: ReturnType<typeof turnedStore>;
    let names = 0;
    let key = "";
    const leases = () => `llmctl:{${key}}:leases`;
    const meta = () => `llmctl:{${key}}:meta`;
    const acquire = (ids: string[], limit = 2, seen = unseen) =>
      turned.store.acquire(key, acquireCall(ids, limit, { seen }));
    const renew = (id: string, deadline: number, seen = unseen) =>
      turned.store.renew(key, { leases: [{ id, deadline }], ttlMs, seen, process: "p" });
    beforeAll(async () => {
      turned = turnedStore(backend.redis);
      await turned.turn(0);
    });
    const fresh = () => {
      key = `renew-${++names}`;
    };

    test("moves a deadline ahead, and only that of ids that are there", async () => {
      fresh();
      const got = await acquire(["p.a"]);
      await turned.turn(5_000);
      const reply = await turned.store.renew(key, {
        leases: [
          { id: "p.a", deadline: got.now + ttlMs },
          { id: "p.old", deadline: turned.now() - 1 },
        ],
        ttlMs,
        seen: seenIn(got),
        process: "p",
      });
      expect(reply).toMatchObject({ mask: "10", lost: false, restored: 0, held: 1 });
      expect(Number(await backend.redis.zscore(leases(), "p.a"))).toBe(turned.now() + ttlMs);
    });

    test("does not bring back what another has been given since", async () => {
      fresh();
      const got = await acquire(["p.a"], 1);
      await turned.turn(ttlMs);
      await acquire(["q.b"], 1);
      expect(await renew("p.a", got.now + ttlMs)).toMatchObject({ mask: "0", lost: false, held: 1 });
    });

    const losses: [string, (got: Reply) => Promise<unknown>][] = [
      ["everything is gone", () => backend.redis.del(leases(), meta())],
      ["the set was deleted", () => backend.redis.del(leases())],
      ["meta was evicted", () => backend.redis.del(meta())],
      ["the epoch is another", () => backend.redis.hset(meta(), "epoch", "other")],
      ["the sequence number fell", () => backend.redis.hset(meta(), "seq", 0)],
    ];
    test.each(losses)("closes admission for one ttl when %s", async (_what, lose) => {
      fresh();
      const got = await acquire(["p.a"]);
      await lose(got);
      const found = await acquire(["p.b"], 2, seenIn(got));
      expect(found).toMatchObject({ lost: true, mask: "0", recover: turned.now() + ttlMs });
      expect(found.epoch).not.toBe(got.epoch);
      expect(found.seq).toBeGreaterThanOrEqual(got.seq + 1_000_000);
      await turned.turn(ttlMs - 1);
      expect(await acquire(["p.b"], 2, seenIn(found))).toMatchObject({ lost: false, mask: "0" });
      await turned.turn(1);
      expect((await acquire(["p.b"], 2, seenIn(found))).mask).not.toContain("0");
    });

    test("puts back the holders that the server forgot, past the limit if need be, and admits none meanwhile (I2)", async () => {
      fresh();
      const got = await acquire(["p.a", "p.b"], 2);
      await backend.redis.del(leases(), meta());
      const stranger = await acquire(["q.x"], 2);
      expect(stranger.lost).toBe(false);
      const back = await renew("p.a", got.now + ttlMs, seenIn(got));
      expect(back).toMatchObject({ lost: true, restored: 1, mask: "1", held: 2 });
      expect(await renew("p.b", got.now + ttlMs, seenIn(got))).toMatchObject({ lost: false, restored: 1, held: 3 });
      expect((await acquire(["p.c"], 2, seenIn(back))).mask).toBe("0");
      await turned.turn(ttlMs);
      expect(await renew("p.a", turned.now() - 1, seenIn(back))).toMatchObject({ mask: "1" });
    });

    test("finds a loss from the renewal alone, when the client's knowledge is too old to show", async () => {
      fresh();
      const got = await acquire(["p.a"]);
      await backend.redis.del(leases(), meta());
      expect(await renew("p.a", got.now + ttlMs)).toMatchObject({ lost: true, restored: 1, mask: "1" });
    });

    test("takes a client of the lost epoch, met during recovery, for no second loss", async () => {
      fresh();
      const got = await acquire(["p.a"]);
      await backend.redis.del(leases(), meta());
      const first = await acquire(["p.b"], 2, seenIn(got));
      await turned.turn(1_000);
      const second = await acquire(["p.c"], 2, seenIn(got));
      expect(second).toMatchObject({ lost: false, epoch: first.epoch, recover: first.recover });
      const longer = await acquire(["p.d"], 2, { ...seenIn(got), ttlMs: 60_000 });
      expect(longer).toMatchObject({ lost: false, recover: turned.now() + 60_000 });
    });

    test("a client that has seen nothing is no witness", async () => {
      fresh();
      await acquire(["p.a"]);
      expect(await acquire(["q.b"], 2)).toMatchObject({ lost: false, held: 2 });
    });

    test("keeps the sequence number rising past what any client shows (I15)", async () => {
      fresh();
      const shown = turned.now() * 1_000 + 41;
      expect((await acquire(["p.a"], 2, { epoch: "", seq: shown, ttlMs })).seq).toBe(shown + 1);
      expect((await acquire(["p.b"], 2, { epoch: "", seq: 7, ttlMs })).seq).toBe(shown + 2);
    });

    test("a release after a loss does not hide it", async () => {
      fresh();
      await acquire(["p.a", "p.b", "p.c"], 3);
      await backend.redis.del(leases());
      await turned.store.release(key, { ids: ["p.b"], process: "p", leave: false });
      expect(await acquire(["p.d"], 3)).toMatchObject({ lost: true, mask: "0" });
    });

    test("an operator's ZREM: its slot stays taken until its holder has stopped, the others go on, and it does not come back", async () => {
      fresh();
      const got = await acquire(["p.a", "p.b"], 3);
      await backend.redis.zrem(leases(), "p.a");
      expect(await acquire(["q.c", "q.d"], 3, seenIn(got))).toMatchObject({ lost: false, recover: 0, mask: "10" });
      const told = await renew("p.a", got.now + ttlMs, seenIn(got));
      expect(told).toMatchObject({ lost: false, restored: 0, mask: "0", held: 2 });
      await turned.turn(ttlMs);
      expect((await acquire(["q.c", "q.e", "q.f"], 3)).mask).toBe("");
    });

    test("a ZREM and then a release do not hide each other", async () => {
      fresh();
      await acquire(["p.a", "p.b", "p.c"], 3);
      await backend.redis.zrem(leases(), "p.a");
      await turned.store.release(key, { ids: ["p.b"], process: "p", leave: false });
      expect(await acquire(["p.d", "p.e"], 3)).toMatchObject({ lost: false, mask: "10" });
    });

    test("a renewal that arrives after its release finds no loss and brings nothing back", async () => {
      fresh();
      const got = await acquire(["p.a", "p.b"]);
      await turned.store.release(key, { ids: ["p.a"], process: "p", leave: false, renewed: 1, ttlMs });
      expect(await renew("p.a", got.now + ttlMs, seenIn(got))).toMatchObject({ lost: false, mask: "0", held: 1 });
      await turned.turn(ttlMs - 1);
      expect(await renew("p.a", got.now + 2 * ttlMs, seenIn(got))).toMatchObject({ lost: false, mask: "0", held: 1 });
      expect(await acquire(["p.c"])).toMatchObject({ recover: 0, held: 2 });
    });

    test("nor while recovery runs", async () => {
      fresh();
      const got = await acquire(["p.a"]);
      await backend.redis.del(meta());
      await acquire(["p.b"], 2, seenIn(got));
      await turned.store.release(key, { ids: ["p.a"], process: "p", leave: false, renewed: 1, ttlMs });
      expect(await renew("p.a", got.now + ttlMs, seenIn(got))).toMatchObject({ mask: "0", restored: 0, held: 0 });
    });

    test("a name that was forgotten, and whose clients were, still numbers above all it ever gave", async () => {
      fresh();
      const got = await acquire(["p.a"]);
      await turned.turn(11 * ttlMs);
      await backend.redis.del(leases(), meta());
      expect((await acquire(["q.b"])).seq).toBeGreaterThan(got.seq);
    });

    test("a state that was lost numbers above all that the lost one gave, whoever asks", async () => {
      fresh();
      const got = await acquire(["p.a"]);
      await turned.turn(1);
      await backend.redis.del(leases(), meta());
      expect((await acquire(["q.b"])).seq).toBeGreaterThan(got.seq);
    });
  });
});
