import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeEnding, type ProbeFlags, parseProbeOptions } from "../../src/probe/options.js";
import { followUpDelays, maxCalls, planFor } from "../../src/probe/plan.js";
import { FLAGS } from "./flags.js";

const options = (flags: Partial<ProbeFlags> = {}) => parseProbeOptions({ ...FLAGS, ...flags });

describe("the plan", () => {
  it.each([
    [{}, 5, false, { sequence: 6, burst: 6 }],
    [{}, 5, true, { sequence: 3, burst: 6 }],
    [{}, 1, true, { sequence: 2, burst: 2 }],
    [{ sequential: true }, 5, false, { sequence: 6, burst: 0 }],
    [{ sequential: true, n: "9" }, 5, false, { sequence: 9, burst: 0 }],
    [{ n: "20" }, 5, false, { sequence: 14, burst: 6 }],
    [{ n: "20", c: "10" }, 5, false, { sequence: 10, burst: 10 }],
    [{ n: "4" }, 5, false, { sequence: 0, burst: 4 }],
    [{ n: "20", rounds: "2" }, 5, false, { sequence: 4, burst: 6 }],
    [{ c: "12" }, 5, true, { sequence: 3, burst: 12 }],
    [{}, 9_223_372_036_854_776_000, true, { sequence: 3, burst: 10_000 }],
    [{ rate: "2/s" }, 9_223_372_036_854_776_000, true, { sequence: 0, burst: 10_000 }],
    [{}, null, false, { sequence: 20, burst: 0 }],
    [{ n: "7" }, null, false, { sequence: 7, burst: 0 }],
  ] as const)("of %j with limit %j and Redis %j is %j", (flags, limit, redis, plan) => {
    expect(planFor(options(flags), limit, redis)).toEqual(plan);
  });

  it("never sends more than -n says", () => {
    const some = fc.record({
      n: fc.integer({ min: 1, max: 200 }),
      rounds: fc.integer({ min: 1, max: 5 }),
      limit: fc.option(fc.integer({ min: 1, max: 100 })),
      redis: fc.boolean(),
      sequential: fc.boolean(),
    });
    fc.assert(
      fc.property(some, ({ n, rounds, limit, redis, sequential }) => {
        fc.pre(rounds <= n);
        const asked = options({ n: `${n}`, rounds: `${rounds}`, sequential });
        const plan = planFor(asked, limit, redis);
        expect(plan.sequence).toBeGreaterThanOrEqual(0);
        expect(plan.burst).toBeGreaterThanOrEqual(0);
        expect(rounds * (plan.sequence + plan.burst)).toBeLessThanOrEqual(n);
      }),
    );
  });

  it("looks again after 2, 5, 10, 16 and 24 s", () => {
    expect(followUpDelays(options())).toEqual([2000, 5000, 10_000, 16_000, 24_000]);
  });

  it("looks with growing gaps when it waits longer, and at the end of its wait", () => {
    expect(followUpDelays(options({ settle: "2m" }))).toEqual([
      2000, 5000, 10_000, 16_000, 24_000, 36_000, 54_000, 81_000, 120_000,
    ]);
    expect(followUpDelays(options({ settle: "7s" }))).toEqual([2000, 5000, 7000]);
    expect(followUpDelays(options({ settle: "2s" }))).toEqual([2000]);
  });

  it("says the most that it can cost", () => {
    const most = maxCalls(options({ prompt: "two words" }), { sequence: 3, burst: 4 });
    expect(most).toEqual({ planned: 7, rechecks: 29, tokens: 36 * (16 + 4) });
  });

  it("asks for a stream when content events are to be counted", () => {
    expect(options({ abortAfter: "3" })).toMatchObject({ stream: true, leave: { events: 3 } });
    expect(options({ abortAfter: "500ms" })).toMatchObject({ stream: false, leave: { ms: 500 } });
    expect(options().leave).toBeNull();
  });

  it("asks with a sentence of ten words unless told otherwise", () => {
    expect(options().prompt.split(" ")).toHaveLength(10);
  });

  it.each([
    [null, "completed"],
    [{ events: 3 }, "aborted after 3 content events"],
    [{ ms: 500 }, "aborted after 500 ms"],
  ])("says how calls end: %j is %j", (leave, words) => {
    expect(describeEnding(leave)).toBe(words);
  });
});
