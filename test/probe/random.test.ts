import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { run } from "../../src/probe/run.js";
import { readWish } from "../../src/probe/wish.js";
import type { Verdict } from "../../src/report/documents/probe.js";
import type { ProbeEvent } from "../../src/verdict/history.js";
import { judge, proofOf } from "../../src/verdict/index.js";
import { FACTS } from "../verdict/story.js";
import { VirtualClock } from "./virtual-clock.js";
import { World, type WorldOptions } from "./world.js";

const FLAGS = {
  rounds: "1",
  maxTokens: "16",
  maxLag: "2s",
  settle: "24s",
  maxTime: "10m",
  connectTimeout: "10s",
  firstByteTimeout: "60s",
  callTimeout: "2m",
};

interface Lived {
  verdict: Verdict;
  proven: ReturnType<typeof proofOf>;
  world: World;
  sent: number;
}

/** The probe's own engine and judge on a made-up limiter. */
async function live(options: WorldOptions, redis: boolean, flags: Record<string, unknown> = {}): Promise<Lived> {
  const clock = new VirtualClock();
  const world = new World(clock, options);
  const known = { value: options.limit, source: "flag" as const };
  const wish = readWish({ ...FLAGS, ...flags });
  const events: ProbeEvent[] = [];
  const { signal } = new AbortController();
  const probing = { wish, known, consent: false, clock, origin: 0, signal, call: world.call, checkFirst: () => {} };
  const work = (async () => {
    for await (const event of run({ ...probing, slots: redis ? world : null })) {
      if (event.kind !== "note") events.push(event);
    }
  })();
  await clock.run(work);
  const facts = { ...FACTS, known, bursts: !wish.sequential };
  const sent = events.filter(({ kind }) => kind === "call").length;
  return { verdict: judge(facts, events), proven: proofOf(facts, events), world, sent };
}

const limiter = fc.record({
  limit: fc.integer({ min: 1, max: 12 }),
  callMs: fc.array(fc.integer({ min: 5, max: 3000 }), { minLength: 1, maxLength: 5 }),
  shape: fc.constantFrom("zset" as const, "string" as const),
});
const calm = { leakEvery: 0, excess: 0, refuseEvery: 0, others: [], lagMs: 0 };
const someone = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 30_000 }), forMs: fc.integer({ min: 10, max: 60_000 }) }),
  {
    minLength: 1,
    maxLength: 30,
  },
);
const runs = { numRuns: Number(process.env.LLMCTL_RUNS ?? 60) };
const kinds = ({ verdict }: Lived) => verdict.findings.map(({ kind }) => kind);

describe("over made-up limiters, the probe", () => {
  it("never calls a healthy one sick, whatever its allowed lag", async () => {
    const world = fc.tuple(limiter, fc.integer({ min: 0, max: 1900 }), fc.boolean(), fc.constantFrom("1", "3"));
    await fc.assert(
      fc.asyncProperty(world, async ([one, lagMs, redis, rounds]) => {
        const { verdict, proven } = await live({ ...one, ...calm, lagMs }, redis, { rounds });
        expect(verdict.findings).toEqual([]);
        expect(proven).toBeNull();
      }),
      runs,
    );
  });

  it("calls a healthy one healthy when it shows all that it can", async () => {
    const long = fc.tuple(limiter, fc.integer({ min: 0, max: 500 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(long, async ([one, lagMs, redis]) => {
        const { verdict } = await live({ ...one, callMs: [100], ...calm, lagMs }, redis);
        expect(verdict.status).toBe("healthy");
      }),
      runs,
    );
  });

  it("never calls one healthy that leaked a slot of the first calls", async () => {
    const world = fc.tuple(limiter, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 1900 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(world, async ([one, leakEvery, lagMs, redis]) => {
        const lived = await live({ ...one, ...calm, leakEvery, leakFirst: Math.min(3, one.limit + 1), lagMs }, redis);
        fc.pre(lived.world.truth.leaked > 0);
        expect(lived.verdict.status).not.toBe("healthy");
        for (const kind of kinds(lived)) expect(kind).toBe("leak");
      }),
      runs,
    );
  });

  it("finds every leak where Redis is at hand, and proves just what was left", async () => {
    const world = fc.tuple(limiter, fc.integer({ min: 1, max: 3 }));
    await fc.assert(
      fc.asyncProperty(world, async ([one, leakEvery]) => {
        const lived = await live({ ...one, ...calm, leakEvery }, true);
        fc.pre(lived.world.truth.leaked > 0);
        expect(kinds(lived)).toEqual(["leak"]);
        expect(lived.verdict.status).toBe("finding");
        const { members = [], rise } = lived.proven ?? {};
        expect(members.length || (rise ? rise.to - rise.from : 0)).toBe(lived.world.truth.leaked);
        expect(members.every(({ id }) => id.startsWith("ours"))).toBe(true);
      }),
      runs,
    );
  });

  it("never calls one healthy that let too many in at once", async () => {
    const world = fc.tuple(limiter, fc.integer({ min: 1, max: 4 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(world, async ([one, excess, redis]) => {
        const lived = await live({ ...one, ...calm, excess }, redis);
        fc.pre(lived.world.truth.most > one.limit);
        expect(lived.verdict.status).not.toBe("healthy");
        for (const kind of kinds(lived)) expect(kind).toBe("over-admission");
      }),
      runs,
    );
  });

  it("tells late slots from lost ones", async () => {
    const world = fc.tuple(limiter, fc.integer({ min: 2500, max: 20_000 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(world, async ([one, lagMs, redis]) => {
        const lived = await live({ ...one, callMs: [100], ...calm, lagMs }, redis);
        expect(lived.verdict.status).not.toBe("healthy");
        expect(kinds(lived)).not.toContain("leak");
        expect(lived.proven).toBeNull();
      }),
      runs,
    );
  });

  it("never calls a healthy one sick because of others that Redis shows", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(limiter, someone), async ([one, others]) => {
        const lived = await live({ ...one, ...calm, others }, true);
        expect(lived.verdict.status).not.toBe("finding");
        expect(lived.proven).toBeNull();
      }),
      runs,
    );
  });

  it("makes no more calls than it planned when it goes one by one, but for one a look", async () => {
    const world = fc.tuple(limiter, fc.integer({ min: 0, max: 8000 }), fc.integer({ min: 0, max: 3 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(world, async ([one, lagMs, leakEvery, redis]) => {
        const lived = await live({ ...one, ...calm, lagMs, leakEvery }, redis, { sequential: true, n: "5" });
        expect(lived.sent).toBeLessThanOrEqual(5 + 5);
        if (leakEvery === 0 && lagMs < 1900) expect(kinds(lived)).toEqual([]);
        if (leakEvery === 1) expect(lived.verdict.status).not.toBe("healthy");
      }),
      runs,
    );
  });

  it("never hammers: a locked key gets one call a look", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(limiter, fc.boolean()), async ([one, redis]) => {
        const { sent } = await live({ ...one, ...calm, leakEvery: 1 }, redis);
        expect(sent).toBeLessThanOrEqual(one.limit + 1 + 5);
      }),
      runs,
    );
  });
});
