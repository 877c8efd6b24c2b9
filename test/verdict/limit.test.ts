import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import { limitInForce } from "../../src/verdict/limit.js";
import { burst, call, doubt, HEALTHY, LOCKED, refused, short, verdictOf } from "../support/events.js";

const unknown = { value: null, source: "none" } as const;
const said = { value: 5, source: "key-info" } as const;
const header = (n: number, limitHeader: number) => call(n, n * 10, n * 10 + 5, { limitHeader });
const says = (n: number, limit: number, rest: object = {}) =>
  refused(n, n * 10, n * 10 + 5, {
    rejection: { source: "parallel-limit", limit, scope: "api_key", limiter: "v3", message: "", ...rest },
  });
const UNKNOWN = { known: { value: null, source: "none" } } as const;

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

describe("a limit that nobody told", () => {
  const said = (calls: readonly CallRecord[]) => {
    const mute = calls.map((one) => (one.rejection ? { ...one, rejection: { ...one.rejection, limit: null } } : one));
    return doubt(mute, "no-limit", UNKNOWN)?.text;
  };
  const plain = "; give it with --limit, or probe a key that has one";

  it.each([
    [
      "a burst of which some were refused: it may be that",
      HEALTHY,
      "; of 4 at once 3 were let through: if that is it, --limit 3",
    ],
    [
      "a burst of which one was let through",
      burst(1, 0, 1, 3),
      "; of 4 at once 1 were let through: if that is it, --limit 1",
    ],
    ["a burst of which none was refused", burst(1, 0, 4, 0), `, 4 of them at once${plain}`],
    ["a burst of which all were", burst(1, 0, 0, 4), `, 4 of them at once${plain}`],
    ["calls in turn, and none at once", LOCKED, plain],
    ["a burst of a later round, in which slots may be missing", burst(1, 0, 2, 2, { round: 2 }), plain],
  ])("is guessed by %s", (_what, calls, words) => {
    expect(said(calls)).toBe(`no limit was found after ${calls.length} calls${words}`);
  });

  it("and that changed tells nothing of a healthy limiter", () => {
    const changed = HEALTHY.map((one) => (one.n === 1 ? { ...one, limitHeader: 5 } : one));
    expect(short(verdictOf(changed))).toBe("inconclusive");
    expect(doubt(changed, "limit-changed")).toMatchObject({ explains: true });
  });
});
