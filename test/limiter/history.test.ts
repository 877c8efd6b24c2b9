import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { memoryStore } from "../../src/limiter/index.js";
import type { Reply, Store } from "../../src/limiter/store.js";
import { onRedis } from "./stores.js";
import { acquireCall, turnedStore, unseen } from "./turned-clock.js";

/** One step of a history; slots of ids 0 to 11 of three processes. */
const step = fc.oneof(
  fc.record({
    do: fc.constant("acquire" as const),
    process: fc.constantFrom("a", "b", "c"),
    ids: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 5 }),
    limit: fc.constantFrom(0, 1, 2, 4, 7),
    ttlMs: fc.constantFrom(100, 500, 2_000),
    waiting: fc.nat(5),
  }),
  fc.record({
    do: fc.constant("release" as const),
    process: fc.constantFrom("a", "b", "c"),
    ids: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 5 }),
    leave: fc.boolean(),
  }),
  fc.record({ do: fc.constant("turn" as const), ms: fc.constantFrom(1, 99, 100, 450, 1_999, 5_000) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const granted = (reply: Reply, count: number) => (reply.mask === "" ? "1".repeat(count) : reply.mask);

async function play(store: Store, name: string, one: Step) {
  if (one.do === "turn") return null;
  const ids = one.ids.map((id) => `${one.process}.${id}`);
  if (one.do === "release") return (await store.release(name, { ids, process: one.process, leave: one.leave })).removed;
  const call = acquireCall(ids, one.limit, {
    process: one.process,
    ttlMs: one.ttlMs,
    waiting: Math.min(one.waiting, ids.length),
  });
  const reply = await store.acquire(name, call);
  return { mask: granted(reply, ids.length), held: reply.held, seq: reply.seq, pruned: reply.pruned };
}

describe("random histories", () => {
  onRedis((backend) => {
    let turned: ReturnType<typeof turnedStore>;
    let names = 0;
    beforeAll(async () => {
      turned = turnedStore(backend.redis);
      await turned.turn(0);
    });

    test("give the same answers in Redis and in memory, and every key an expiry", { timeout: 60_000 }, async () => {
      const seed = Number(process.env.LLMCTL_SEED ?? Date.now() % 1_000_000);
      console.log(`histories: LLMCTL_SEED=${seed}`);
      const origin = turned.now();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (history) => {
          const name = `history-${++names}`;
          const monotonic = () => turned.now() - origin;
          const model = memoryStore({ clock: { monotonic, wall: turned.now, after: () => () => {} } });
          for (const one of history) {
            if (one.do === "turn") await turned.turn(one.ms);
            const before = (await turned.store.peek(name, false)).held;
            expect(await play(turned.store, name, one)).toEqual(await play(model, name, one));
            const view = await turned.store.peek(name, true);
            const other = await model.peek(name, true);
            const ids = [view, other].map(({ leases }) => leases.map(({ id }) => id).sort());
            expect([view.held, ids[0]]).toEqual([other.held, ids[1]]);
            // I2: no acquire raises what is held above its limit.
            if (one.do === "acquire" && view.held > before) expect(view.held).toBeLessThanOrEqual(one.limit);
            for (const key of await backend.redis.keys(`llmctl:{${name}}:*`))
              expect(await backend.redis.pttl(key)).toBeGreaterThan(0);
          }
        }),
        { seed, numRuns: Number(process.env.LLMCTL_RUNS ?? 60) },
      );
    });

    test("batching grants what one at a time would (I14)", async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(12), fc.integer({ min: 1, max: 12 }), fc.nat(5), async (limit, count, before) => {
          const [batch, single] = [`batch-${++names}`, `single-${names}`];
          const ids = Array.from({ length: count }, (_, i) => `p.${i}`);
          const others = Array.from({ length: before }, (_, i) => `q.${i}`);
          for (const name of [batch, single]) if (before) await turned.store.acquire(name, acquireCall(others, 4));
          const whole = granted(await turned.store.acquire(batch, acquireCall(ids, limit)), count);
          let parts = "";
          for (const id of ids) parts += granted(await turned.store.acquire(single, acquireCall([id], limit)), 1);
          expect(whole).toBe(parts);
        }),
        { numRuns: 40 },
      );
      expect(unseen.epoch).toBe("");
    });
  });
});
