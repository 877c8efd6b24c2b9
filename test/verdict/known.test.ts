import { describe, expect, it } from "vitest";
import { limitInForce } from "../../src/verdict/limit.js";
import { unreleasedSince } from "../../src/verdict/unreleased-slots.js";
import { call, counter, HEALTHY, reading, refused, verdictOf } from "../support/events.js";

const unknown = { value: null, source: "none" } as const;
const said = { value: 5, source: "key-info" } as const;
const header = (n: number, limitHeader: number) => call(n, n * 10, n * 10 + 5, { limitHeader });
const says = (n: number, limit: number, rest: object = {}) =>
  refused(n, n * 10, n * 10 + 5, {
    rejection: { source: "parallel-limit", limit, scope: "api_key", limiter: "v3", message: "", ...rest },
  });

describe("the limit by which a run is judged", () => {
  it.each([
    ["what was said, when no call tells", said, [call(1, 0, 5)], said],
    ["what was said, when calls say the same", said, [header(1, 5), says(2, 5)], said],
    ["what a header tells first", unknown, [header(1, 4), says(2, 4)], { value: 4, source: "header" }],
    ["what a header tells alone", unknown, [header(1, 4)], { value: 4, source: "header" }],
    [
      "what the header of a refusal tells",
      unknown,
      [{ ...says(1, 4), limitHeader: 4 }],
      { value: 4, source: "header" },
    ],
    ["what a refusal tells first", unknown, [says(1, 4), header(2, 4)], { value: 4, source: "refusal" }],
    ["what a refusal tells alone", unknown, [says(1, 4)], { value: 4, source: "refusal" }],
    ["what the limiter tells last", said, [header(1, 5), says(2, 3)], { value: 3, source: "refusal" }],
    [
      "what the text of a refusal names, beside another number in its header",
      unknown,
      [{ ...says(1, 3), limitHeader: 5 }],
      { value: 3, source: "refusal" },
    ],
    ["not another's limit", unknown, [says(1, 9, { scope: "team" })], unknown],
    ["not a rate", unknown, [says(1, 9, { source: "rate-limit" })], unknown],
    ["a limit of nobody in particular", unknown, [says(1, 4, { scope: null })], { value: 4, source: "refusal" }],
    ["nothing, when nobody tells", unknown, [call(1, 0, 5)], unknown],
  ] as const)("is %s", (_what, known, calls, limit) => {
    expect(limitInForce(known, calls)).toEqual(limit);
  });
});

describe("what is left in Redis", () => {
  it.each([
    ["new members", reading(0, ["a"]), reading(9, ["a", "b"]), 1],
    ["none of the old members", reading(0, ["a"]), reading(9, ["a"]), 0],
    ["the rise of a counter", counter(0, 2), counter(9, 5), 3],
    ["nothing of a counter that fell", counter(0, 5), counter(9, 2), 0],
    ["all of a counter that was not there", reading(0), counter(9, 3), 3],
    ["all of a counter that took a set's place", reading(0, ["a", "b"]), counter(9, 3), 3],
    ["nothing of a counter that is gone", counter(0, 3), reading(9), 0],
    ["nothing without a reading", undefined, reading(9, ["a"]), 0],
  ])("is %s", (_what, before, now, held) => {
    expect(unreleasedSince(before, now).held).toBe(held);
  });
});

describe("a doubt without a finding", () => {
  it("says whether it is the reason why the run tells nothing", () => {
    const { doubts } = verdictOf([...HEALTHY.slice(0, 4), { ...call(5, 500, 590), cached: true }]);
    expect(doubts.map(({ id, explains }) => [id, explains])).toEqual([
      ["cached", false],
      ["not-enforced", true],
    ]);
  });
});
