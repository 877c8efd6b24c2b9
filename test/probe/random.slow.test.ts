import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALM, fillsAllTheTime, kinds, limiter, live, runs as numRuns, someone } from "./live.js";

const runs = numRuns(60);

describe("over made-up limiters, the probe", { timeout: 3_600_000 }, () => {
  it("never calls a healthy one sick, whatever its allowed lag", async () => {
    const world = fc.tuple(limiter, fc.integer({ min: 0, max: 1900 }), fc.boolean(), fc.constantFrom("1", "3"));
    await fc.assert(
      fc.asyncProperty(world, async ([one, lagMs, redis, rounds]) => {
        const { verdict, proven } = await live({ ...one, ...CALM, lagMs }, redis, { rounds });
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
        const { verdict } = await live({ ...one, callMs: [100], ...CALM, lagMs }, redis);
        expect(verdict.status).toBe("healthy");
      }),
      runs,
    );
  });

  it("never calls one healthy that leaked a slot of the first calls", async () => {
    const world = fc.tuple(limiter, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 1900 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(world, async ([one, leakEvery, lagMs, redis]) => {
        const lived = await live({ ...one, ...CALM, leakEvery, leakFirst: Math.min(3, one.limit + 1), lagMs }, redis);
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
        const lived = await live({ ...one, ...CALM, leakEvery }, true);
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
        const lived = await live({ ...one, ...CALM, excess }, redis);
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
        const lived = await live({ ...one, callMs: [100], ...CALM, lagMs }, redis);
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
        const shared = fillsAllTheTime(others, one.limit);
        const lived = await live({ ...one, ...CALM, others }, true, { shared });
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
        const lived = await live({ ...one, ...CALM, lagMs, leakEvery }, redis, { sequential: true, n: "5" });
        expect(lived.calls.length).toBeLessThanOrEqual(5 + 5);
        if (leakEvery === 0 && lagMs < 1900) expect(kinds(lived)).toEqual([]);
        if (leakEvery === 1) expect(lived.verdict.status).not.toBe("healthy");
      }),
      runs,
    );
  });

  it("never hammers: a locked key gets one call a look", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(limiter, fc.boolean()), async ([one, redis]) => {
        const { calls } = await live({ ...one, ...CALM, leakEvery: 1 }, redis);
        expect(calls.length).toBeLessThanOrEqual(one.limit + 1 + 5);
      }),
      runs,
    );
  });
});
