import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALM, doubts, fillsAllTheTime, kinds, type Lived, limiter, live, load, runs, someone } from "./live.js";
import { QUIET } from "./noise.js";

const some = runs(25);
const lag = fc.integer({ min: 0, max: 1900 });
/** A network whose delays are shorter than a call. */
const net = fc.record({
  seed: fc.integer(),
  netMs: fc.integer({ min: 0, max: 40 }),
  readMs: fc.integer({ min: 0, max: 40 }),
});
const longer = limiter.map((one) => ({ ...one, callMs: one.callMs.map((ms) => ms + 60) }));
const workers = fc.integer({ min: 1, max: 4 });
const only = (lived: Lived, ...allowed: string[]) => {
  for (const kind of kinds(lived)) expect(allowed).toContain(kind);
};

describe("over made-up limiters under a load, the probe", { timeout: 3_600_000 }, () => {
  it("never calls a healthy one sick, however busy it is", async () => {
    const world = fc.record({
      one: longer,
      lagMs: lag,
      net,
      workers,
      load,
      redis: fc.boolean(),
      exclusive: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, lagMs, net, workers, load, redis, exclusive }) => {
        const noise = { ...QUIET, ...net };
        const lived = await live({ ...one, ...CALM, lagMs, workers, noise }, redis, { ...load, exclusive });
        only(lived);
        expect(lived.proven).toBeNull();
      }),
      some,
    );
  });

  it("calls a healthy one healthy when the load is over", async () => {
    const world = fc.record({
      one: longer,
      lagMs: fc.integer({ min: 0, max: 500 }),
      workers,
      load,
      redis: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, lagMs, workers, load, redis }) => {
        const lived = await live({ ...one, callMs: [400], ...CALM, lagMs, workers }, redis, load);
        expect(lived.verdict.status).toBe("healthy");
      }),
      some,
    );
  });

  it("blames a worker's memory only for refusals, and only where it refused", async () => {
    const world = fc.record({ one: longer, lagMs: lag, workers, load, redis: fc.boolean(), exclusive: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, lagMs, workers, load, redis, exclusive }) => {
        const mirrored = { ...one, shape: "zset" as const, ...CALM, lagMs, workers, mirror: true };
        const lived = await live(mirrored, redis, { ...load, exclusive });
        only(lived, ...(lived.world.truth.wronged > 0 ? ["false-rejection"] : []));
      }),
      some,
    );
  });

  it("never calls one healthy that leaked, and proves what was left where Redis is at hand", async () => {
    const world = fc.record({
      one: longer,
      lagMs: lag,
      net,
      load,
      redis: fc.boolean(),
      leakEvery: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, lagMs, net, load, redis, leakEvery }) => {
        const noise = { ...QUIET, ...net };
        const lived = await live({ ...one, ...CALM, lagMs, noise, leakEvery, leakFirst: 20 }, redis, load);
        const { leaked, firstLeak } = lived.world.truth;
        // Without Redis what the very last calls leave shows to nobody.
        const burst = Math.min(...lived.calls.filter(({ phase }) => phase === "burst").map(({ n }) => n));
        fc.pre(leaked > 0 && (redis || firstLeak < burst));
        expect(lived.verdict.status).not.toBe("healthy");
        only(lived, "leak");
        if (!redis) return;
        expect(kinds(lived)).toEqual(["leak"]);
        expect(lived.verdict.status).toBe("finding");
        const { members = [], rise } = lived.proven ?? {};
        if (lived.proven) expect(members.length || (rise ? rise.to - rise.from : 0)).toBe(leaked);
      }),
      some,
    );
  });

  it("never calls one healthy that let too many in", async () => {
    const world = fc.record({ one: longer, net, load, redis: fc.boolean(), excess: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, net, load, redis, excess }) => {
        const noise = { ...QUIET, ...net };
        const lived = await live({ ...one, ...CALM, noise, excess }, redis, load);
        fc.pre(lived.world.truth.most > one.limit);
        expect(lived.verdict.status).not.toBe("healthy");
        only(lived, "over-admission");
      }),
      some,
    );
  });

  it("finds too many in the load alone, when they are open for longer than a network holds bytes back", async () => {
    const world = fc.record({ one: longer, net, redis: fc.boolean(), excess: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, net, redis, excess }) => {
        const noise = { ...QUIET, ...net };
        const busy = { callers: String(one.limit + excess + 2), for: "3s", n: "400" };
        const early = { callMs: [900], excess, excessUntilMs: 3000 };
        const lived = await live({ ...one, ...CALM, noise, ...early }, redis, busy);
        expect(kinds(lived)).toEqual(["over-admission"]);
        expect(lived.verdict.status).toBe("finding");
      }),
      some,
    );
  });

  it("finds refusals with room where the calls are so few that nothing else can have been in their way", async () => {
    const world = fc.record({
      limit: fc.integer({ min: 8, max: 50 }),
      refuseEvery: fc.integer({ min: 2, max: 6 }),
      redis: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ limit, refuseEvery, redis }) => {
        const one = { limit, callMs: [90], shape: "zset" as const, ...CALM, refuseEvery };
        const lived = await live(one, redis, { rate: "2/s", for: "10s", exclusive: true });
        expect(lived.world.truth.wronged).toBeGreaterThan(1);
        expect(lived.verdict.status).not.toBe("healthy");
        // Where the looks are refused as well, the same may be called late slots.
        if (redis) expect(lived.verdict.status).toBe("finding");
      }),
      some,
    );
  });

  it("tells late slots from lost ones", async () => {
    const world = fc.record({
      one: longer,
      lagMs: fc.integer({ min: 2500, max: 18_000 }),
      load,
      redis: fc.boolean(),
      exclusive: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, lagMs, load, redis, exclusive }) => {
        const lived = await live({ ...one, ...CALM, lagMs }, redis, { ...load, exclusive });
        // Later than the load's three seconds and the allowed lag after them; what comes sooner may show to nobody.
        if (lagMs > 6000) expect(lived.verdict.status).not.toBe("healthy");
        only(lived, "slow-release", ...(lived.verdict.status === "inconclusive" ? ["false-rejection"] : []));
        expect(lived.proven).toBeNull();
      }),
      some,
    );
  });

  it("never calls a healthy one sick because of others that Redis shows", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ one: longer, others: someone, load }), async ({ one, others, load }) => {
        const shared = fillsAllTheTime(others, one.limit);
        const lived = await live({ ...one, ...CALM, others }, true, { ...load, shared });
        expect(lived.verdict.status).not.toBe("finding");
        expect(lived.proven).toBeNull();
      }),
      some,
    );
  });

  it("names processes that count alone when Redis shows none of the calls", async () => {
    const alone = fc.constantFrom("redis-away" as const, "wrong-type" as const);
    const world = fc.record({ one: longer, alone, workers: fc.integer({ min: 2, max: 4 }), redis: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(world, async ({ one, alone, workers, redis }) => {
        const busy = { callers: String(one.limit * workers + 2), for: "3s", n: "600" };
        const lived = await live({ ...one, shape: "zset", callMs: [900], ...CALM, alone, workers }, redis, busy);
        expect(lived.verdict.status).toBe("finding");
        expect(kinds(lived)).toEqual(["over-admission"]);
        expect(doubts(lived)).toContain("per-process");
        if (redis) expect(doubts(lived)).toContain(alone === "wrong-type" ? "wrong-type" : "other-redis");
      }),
      some,
    );
  });
});
