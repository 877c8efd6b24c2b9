import { describe, expect, it } from "vitest";
import { peak } from "../../src/verdict/findings/over-admission.js";
import { call, doubtIds, short, verdictOf } from "../support/events.js";

/** A call of a burst whose answer was read from one time to another. */
const stream = (n: number, from: number, to: number) =>
  call(n, 0, to, { phase: "burst", headersMs: from, firstByteMs: from, lastByteMs: to });
const numbers = (calls: ReturnType<typeof stream>[]) => peak(calls).map(({ n }) => n);

describe("calls that were answered at once", () => {
  it("are none of those that end as the next begins, though all moments are read a little late", () => {
    const three = [2, 3].map((n) => stream(n, 100, 500));
    // The last one, which is sure from 205 on, finds two beside it and the end of a third.
    const until = (endMs: number) => short(verdictOf([stream(1, 200, 500), ...three, stream(4, 100, endMs)]));
    expect(until(205)).toBe("inconclusive");
    expect(until(206)).toBe("finding over-admission");
  });

  it("are not made fewer by a call whose end nobody saw, or by one of a load that was too short to be sure of", () => {
    const four = [1, 2, 3, 4].map((n) => stream(n, 100, 500));
    const endless = { ...stream(5, 100, 500), lastByteMs: null };
    expect(short(verdictOf([...four, endless]))).toBe("finding over-admission");
    expect(short(verdictOf([...four, { ...stream(5, 300, 350), phase: "load" }]))).toBe("finding over-admission");
  });

  it.each([
    ["an answer out of the cache", { cached: true }],
    ["an error", { ending: "failed", status: 500, error: "upstream error" }],
    [
      "the provider's refusal",
      {
        ending: "refused",
        status: 429,
        rejection: { source: "provider", limit: null, scope: null, limiter: null, message: "overloaded" },
      },
    ],
  ] as const)("do not count %s, whose slot was back before its last bytes came", (_what, rest) => {
    const three = [1, 2, 3].map((n) => stream(n, 100, 500));
    expect(numbers([...three, { ...stream(4, 100, 500), ...rest }])).toEqual([1, 2, 3]);
    expect(numbers([...three, stream(4, 100, 500)])).toEqual([1, 2, 3, 4]);
  });

  it("are the first of the sets that are largest, whatever call of a single moment is among the others", () => {
    const early = [stream(2, 100, 200), stream(3, 100, 200)];
    const later = [stream(4, 1000, 1200), stream(5, 1000, 1200)];
    const moment = stream(1, 1100, 1105);
    expect(numbers([...early, ...later])).toEqual([2, 3]);
    expect(numbers([moment, ...early, ...later])).toEqual([2, 3]);
  });
});

describe("a burst that admitted more than the limit without an overlap", () => {
  const brief = (first: number, sentMs: number) =>
    [0, 1, 2, 3].map((at) => call(first + at, sentMs, sentMs + 10, { phase: "burst" }));

  it("is named by its calls, the first such burst of several", () => {
    const verdict = verdictOf([...brief(1, 0), ...brief(5, 1000)]);
    expect(doubtIds(verdict)).toContain("no-overlap");
    expect(verdict.doubts.find(({ id }) => id === "no-overlap")?.text).toContain("(call 1-4)");
  });
});
