import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repair } from "../../src/repair/repair.js";
import { counter, member, openServerFixture, repairInput, type ServerFixture } from "../support/doctor-fixture.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;
const lock = { epoch: "e", seq: 1, held: () => true, release: async () => undefined };

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());

/** What calls and operators do to a set while a doctor is at work. */
const events = fc.oneof(
  fc.record({ kind: fc.constant("admit" as const), n: fc.integer({ min: 100, max: 120 }) }),
  fc.record({ kind: fc.constant("finish" as const), n: fc.integer({ min: 50, max: 56 }) }),
  fc.record({ kind: fc.constant("late release" as const), n: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("expire" as const), n: fc.constant(0) }),
  fc.record({ kind: fc.constant("upgrade" as const), n: fc.constant(0) }),
);

const history = fc.record({
  /** Slots of calls that are over: 20 minutes old. */
  dead: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
  /** Slots of calls in flight: younger. */
  live: fc.uniqueArray(fc.integer({ min: 50, max: 56 }), { maxLength: 6 }),
  before: fc.array(events, { maxLength: 3 }),
  meanwhile: fc.array(events, { maxLength: 3 }),
  after: fc.array(events, { maxLength: 3 }),
});

const here = async () => {
  if ((await redis().type(counter)) !== "zset") return new Map<string, string>();
  return new Map(pairs(await redis().zrange(counter, "0", "-1", "WITHSCORES")));
};
const pairs = (flat: string[]): [string, string][] =>
  flat.flatMap((id, at) => (at % 2 === 0 ? [[id, flat[at + 1] ?? ""] as [string, string]] : []));

async function happen({ kind, n }: { kind: string; n: number }): Promise<void> {
  const [now] = (await redis().time()).map(Number) as [number, number];
  const set = ["zset", "none"].includes(await redis().type(counter));
  if (kind === "admit" && set) await redis().zadd(counter, now, member(n));
  if ((kind === "finish" || kind === "late release") && set) await redis().zrem(counter, member(n));
  if (kind === "expire") await redis().del(counter);
  if (kind === "upgrade") await redis().set(counter, "3");
}

test("whatever calls do between look, act and undo, no live slot is ever lost, and a refusal changes nothing", async () => {
  let [done, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(history, async ({ dead, live, before, meanwhile, after }) => {
      await redis().flushall();
      const [now] = (await redis().time()).map(Number) as [number, number];
      for (const n of dead) await redis().zadd(counter, now - 1200, member(n));
      for (const n of live) await redis().zadd(counter, now - 5, member(n));
      for (const event of before) await happen(event);

      let atAct = new Map<string, string>();
      const { execution } = await repair({
        ...(await repairInput(fixture, { olderThan: "15m", observe: "0s" })),
        lock: async () => lock,
        async consent() {
          for (const event of meanwhile) await happen(event);
          atAct = await here();
          return true;
        },
      });
      if (!execution) return;
      const { repairs } = execution;
      const left = await here();
      const wasDone = repairs[0]?.status === "done";
      if (wasDone) done++;
      else refused++;
      const young = ([, score]: [string, string]) => now - Number(score) < 900;
      expect([...left].filter(young)).toEqual([...atAct].filter(young));
      expect([...left].filter((one) => !young(one))).toEqual(wasDone ? [] : [...atAct].filter((one) => !young(one)));

      for (const event of after) await happen(event);
      const type = await redis().type(counter);
      const beforeUndo = await here();
      await fixture.undo();
      const end = await here();
      for (const [id, score] of beforeUndo) expect(end.get(id)).toBe(score);
      const came = [...end.keys()].filter((id) => !beforeUndo.has(id));
      expect(came.sort()).toEqual(
        wasDone && type !== "string"
          ? [...atAct.keys()].filter((id) => !left.has(id) && !beforeUndo.has(id)).sort()
          : [],
      );
    }),
    { numRuns: 120 },
  );
  expect(Math.min(done, refused)).toBeGreaterThan(10);
}, 60_000);
