import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALM, doubts, kinds, type Lived, limiter, live, load, runs } from "./live.js";

const some = runs(25);
const every = fc.constantFrom(0, 0, 0, 2, 3, 7);
const noise = fc.record({
  seed: fc.integer(),
  netMs: fc.integer({ min: 0, max: 40 }),
  readMs: fc.integer({ min: 0, max: 40 }),
  failEvery: every,
  throttleEvery: every,
  rateEvery: every,
  deploymentEvery: every,
  cacheEvery: every,
  breakEvery: every,
});
const longer = limiter.map((one) => ({ ...one, callMs: one.callMs.map((ms) => ms + 60) }));
const plan = fc.oneof(load, fc.constant({}), fc.constant({ rounds: "2" }), fc.constant({ sequential: true, n: "12" }));
const only = (lived: Lived, ...allowed: string[]) => {
  for (const kind of kinds(lived)) expect(allowed).toContain(kind);
};
const sources = ({ calls }: Lived) => new Set(calls.map(({ rejection }) => rejection?.source));

describe("over made-up limiters with noise around them, the probe", { timeout: 3_600_000 }, () => {
  it("never calls a healthy one sick, and names what else refused, failed or answered", async () => {
    const world = fc.record({
      one: longer,
      lagMs: fc.integer({ min: 0, max: 1900 }),
      noise,
      plan,
      redis: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, lagMs, noise, plan, redis }) => {
        const lived = await live({ ...one, ...CALM, lagMs, noise }, redis, plan);
        expect(lived.verdict.status).not.toBe("finding");
        expect(lived.proven).toBeNull();
        const named = doubts(lived);
        const seen = sources(lived);
        if (seen.has("rate-limit")) expect(named).toContain("rate-limit");
        if (seen.has("deployment-limit")) expect(named).toContain("deployment-limit");
        if (seen.has("provider")) expect(named).toContain("provider-refusal");
        const ended = (test: (one: (typeof lived.calls)[number]) => boolean) => lived.calls.some(test);
        if (ended(({ ending }) => ending === "failed")) expect(named).toContain("calls-failed");
        if (ended(({ cached }) => cached)) expect(named).toContain("cached");
        if (ended(({ ending }) => ending === "broken")) expect(named).toContain("unanswered");
        if (seen.has("rate-limit") || seen.has("deployment-limit") || named.includes("unanswered")) {
          expect(lived.verdict.status).toBe("inconclusive");
        }
      }),
      some,
    );
  });

  it("never calls one healthy that leaked or let too many in", async () => {
    const sick = fc.record({ leakEvery: fc.integer({ min: 0, max: 4 }), excess: fc.integer({ min: 0, max: 3 }) });
    const world = fc.record({ one: longer, sick, noise, plan: load });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, sick, noise, plan }) => {
        const lived = await live({ ...one, ...CALM, ...sick, noise }, true, plan);
        const { leaked, most } = lived.world.truth;
        fc.pre(leaked > 0 || most > one.limit);
        expect(lived.verdict.status).not.toBe("healthy");
        only(lived, "leak", "over-admission");
      }),
      some,
    );
  });

  it("tells calls that a proxy goes on with from calls that it lost", async () => {
    const world = fc.record({
      one: longer,
      leaveMs: fc.integer({ min: 1, max: 2000 }),
      plan,
      redis: fc.boolean(),
      leaks: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, leaveMs, plan, redis, leaks }) => {
        const settle = { settle: "11m", maxTime: "2h", exclusive: true };
        const lived = await live({ ...one, ...CALM, leaveMs, abortLeaks: leaks }, redis, { ...plan, ...settle });
        const left = lived.calls.filter(({ ending }) => ending === "aborted").length;
        if (!leaks) only(lived, "slow-release");
        else if (redis && left > 0) {
          expect(kinds(lived)).toContain("leak");
          expect(lived.verdict.status).toBe("finding");
        }
      }),
      some,
    );
  });

  it("never calls one healthy whose counter is kept at its limit by refusals", async () => {
    const sticky = { shape: "string" as const, sticky: true };
    const world = fc.record({ one: longer, plan, redis: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, plan, redis }) => {
        const stuck = { ...one, ...CALM, ...sticky, before: one.limit };
        const lived = await live(stuck, redis, plan);
        expect(lived.verdict.status).not.toBe("healthy");
        only(lived, "leak");
        if (redis) expect(doubts(lived)).toContain("sticky-lock");
      }),
      some,
    );
  });

  it("never blames our calls for slots that were held before them, where Redis shows them", async () => {
    const world = fc.record({ one: longer, before: fc.integer({ min: 1, max: 50 }), plan });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, before, plan }) => {
        const lived = await live({ ...one, ...CALM, before: Math.min(before, one.limit) }, true, plan);
        expect(lived.proven).toBeNull();
        expect(doubts(lived).some((id) => id === "held-before" || id === "full-before" || id === "sticky-lock")).toBe(
          true,
        );
        if (lived.verdict.status === "finding") {
          expect(before).toBeGreaterThanOrEqual(one.limit);
          expect(lived.verdict.findings.map(({ ending }) => ending)).toEqual(["before the probe"]);
        }
      }),
      some,
    );
  });

  it("holds slots of others that stay to the end for a leak only where nobody says that there are others, and then names the doubt", async () => {
    const world = fc.record({
      one: longer,
      plan,
      shared: fc.boolean(),
      forMs: fc.integer({ min: 60_000, max: 900_000 }),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, plan, shared, forMs }) => {
        const others = Array.from({ length: one.limit }, () => ({ atMs: 0, forMs }));
        const lived = await live({ ...one, ...CALM, others }, true, { ...plan, shared });
        expect(lived.verdict.status).not.toBe("healthy");
        expect(doubts(lived)).toContain("full-before");
        if (shared) expect(lived.verdict.status).toBe("inconclusive");
        for (const { ending } of lived.verdict.findings) expect(ending).toBe("before the probe");
        expect(lived.proven).toBeNull();
      }),
      some,
    );
  });
});
