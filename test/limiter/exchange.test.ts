import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ExchangeQueue } from "../../src/limiter/exchange-queue.js";
import { createLimiter, redisStore } from "../../src/limiter/index.js";
import { FlakyStore } from "./flaky-store.js";
import { Recorder } from "./recorder.js";
import { onRedis } from "./stores.js";
import { acquireCall } from "./turned-clock.js";

onRedis((backend) => {
  /** How often each command ran meanwhile. */
  const commands = async (during: () => Promise<unknown>): Promise<Record<string, number>> => {
    await backend.redis.config("RESETSTAT");
    await during();
    const stats = await backend.redis.info("commandstats");
    return Object.fromEntries(
      [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map(([, name, calls]) => [name as string, Number(calls)]),
    );
  };
  const names = (prefix: string) => Array.from({ length: 100 }, (_, i) => `${prefix} ${i}`);

  test("all names of a turn go out in one script", async () => {
    const limiter = createLimiter({ store: backend.store() });
    await limiter.peek("one");
    const ran = await commands(async () => {
      const got = await Promise.all(names("turn").map((name) => limiter.acquire(name, 1)));
      for (const one of got) {
        if (one.status !== "granted") throw new Error(one.status);
        void one.lease.release();
      }
      // Goes along with the releases.
      await Promise.all(names("other").map((name) => limiter.acquire(name, 1)));
    });
    expect((ran.evalsha ?? 0) + (ran.eval ?? 0)).toBeLessThanOrEqual(5);
    for (const name of names("turn")) expect((await limiter.peek(name)).held).toBe(0);
    for (const name of names("other")) expect((await limiter.peek(name)).held).toBe(1);
    await limiter.close();
  });

  test("an everyday pair costs the server one script and seven commands in it", async () => {
    const limiter = createLimiter({ store: backend.store() });
    const pair = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const got = await limiter.acquire("lean", 5);
        if (got.status !== "granted") throw new Error(got.status);
        void got.lease.release();
      }
    };
    await pair(3);
    const ran = await commands(() => pair(100));
    // The last release goes alone.
    expect(ran.evalsha).toBe(101);
    const inside = Object.entries(ran).filter(([name]) => !["evalsha", "config", "info"].includes(name));
    expect(inside.reduce((sum, [, calls]) => sum + calls, 0)).toBeLessThanOrEqual(101 * 7);
    await limiter.close();
  });

  test("a name whose key is of another type fails alone, not with the others of its turn", async () => {
    const limiter = createLimiter({ store: backend.store() });
    await limiter.peek("one");
    await backend.redis.set("llmctl:{alone 7}:leases", "a string", "EX", 60);
    const got = await Promise.all(names("alone").map((name) => limiter.acquire(name, 1)));
    const broken = got.flatMap(({ status }, index) => (status === "granted" ? [] : [index]));
    expect(broken).toEqual([7]);
    expect(got[7]).toMatchObject({ status: "unavailable", cause: { outcome: "failed" } });
    for (const [index, name] of names("alone").entries())
      if (index !== 7) expect((await limiter.peek(name)).held).toBe(1);
    await backend.redis.del("llmctl:{alone 7}:leases");
    await limiter.close();
  });

  test("a Redis that pauses for 150 ms makes no call unavailable, with the default timeout", async () => {
    const limiter = createLimiter({ store: redisStore(backend.redis), refusalCacheMs: 0 });
    while ((await limiter.acquire("pause", 1e6)).status !== "granted");
    for (let i = 0; i < 3; i++) {
      await backend.redis.client("PAUSE", 150);
      for (let j = 0; j < 5; j++) expect((await limiter.acquire("pause", 1e6)).status).toBe("granted");
    }
    await limiter.close();
  });

  test("two limits of one name in one turn: each is kept", async () => {
    const limiter = createLimiter({ store: backend.store(), refusalCacheMs: 0 });
    const got = await Promise.all([3, 3, 3, 1, 5, 5, 5].map((limit) => limiter.acquire("limits", limit)));
    expect(got.map(({ status }) => status === "granted")).toEqual([true, true, true, false, true, true, false]);
    await limiter.close();
  });

  test("two limiters with other ttls on one store, in one turn: each lease has its own ttl", async () => {
    const store = backend.store();
    const metrics = new Recorder();
    const [short, long] = [createLimiter({ store, ttlMs: 500, metrics }), createLimiter({ store, ttlMs: 60_000 })];
    await Promise.all([short, long, short, long].map((limiter, i) => limiter.acquire(`ttl ${i % 2}`, 9)));
    const [a, b] = [await short.list("ttl 0"), await long.list("ttl 1")];
    expect(a.length + b.length).toBe(4);
    for (const { expiresInMs } of a) expect(expiresInMs).toBeLessThanOrEqual(500);
    for (const { expiresInMs } of b) expect(expiresInMs).toBeGreaterThan(50_000);
    await short.close();
    expect(await long.list("ttl 0")).toEqual([]);
    await long.close();
  });

  test("a renewal that is held back past its release: nothing comes back, and the name goes on", async () => {
    const store = new FlakyStore(backend.store());
    const [limiter, other] = [createLimiter({ store, ttlMs: 3_000 }), createLimiter({ store: backend.store() })];
    const [one, two] = [await limiter.acquire("late", 2), await limiter.acquire("late", 2)];
    if (one.status !== "granted" || two.status !== "granted") throw new Error("refused");
    const { renew } = store.inner;
    const heldBack: (() => Promise<unknown>)[] = [];
    store.renew = (name, call) =>
      new Promise((resolve) => heldBack.push(() => renew(name, call).then((reply) => resolve(reply))));
    while (heldBack.length === 0) await sleep(10);
    expect(await one.lease.release()).toBe("released");
    await Promise.all(heldBack.map((run) => run()));
    expect(await other.peek("late")).toMatchObject({ held: 1, recovering: false });
    expect((await other.acquire("late", 2)).status).toBe("granted");
    expect(two.lease.held()).toBe(true);
    await Promise.all([limiter.close(), other.close()]);
  });

  test("an operator's evict: the slot is free, its holder is told, and it does not come back", async () => {
    const [holder, operator] = [
      createLimiter({ store: backend.store(), ttlMs: 900 }),
      createLimiter({ store: backend.store() }),
    ];
    const got = await holder.acquire("stuck", 1);
    if (got.status !== "granted") throw new Error(got.status);
    const { signal } = got.lease;
    const [slot] = await operator.list("stuck");
    expect(slot).toMatchObject({ id: got.lease.id });
    expect(await operator.evict("stuck", got.lease.id)).toBe(true);
    expect(await operator.evict("stuck", got.lease.id)).toBe(false);
    expect((await operator.acquire("stuck", 1)).status).toBe("granted");
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    expect(got.lease.held()).toBe(false);
    expect(await operator.peek("stuck")).toMatchObject({ held: 1, recovering: false });
    await Promise.all([holder.close(), operator.close()]);
  });
});

test("one name a script, as in a Cluster: a release and the acquire after it still go together", async () => {
  const sent: string[][] = [];
  const queue = new ExchangeQueue(async (names, args) => {
    sent.push([...names, String(args[3])]);
    return [1, ...names.map(() => ["e", 1, 1, 0, 1, 0, 0, 0, ""])];
  }, 1);
  const call = { ...acquireCall(["p.1"], 5), seen: { epoch: "e", seq: 1, ttlMs: 10_000 } };
  void queue.release("a", { ids: ["p.0"], process: "p", leave: false, ttlMs: 10_000 });
  void queue.acquire("a", call);
  await queue.acquire("b", call);
  expect(sent).toEqual([
    ["a", "x"],
    ["b", "a"],
  ]);
});
