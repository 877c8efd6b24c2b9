import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import { couldBeRate } from "../../src/verdict/rate.js";
import { call, refused } from "../support/events.js";

const through = (n: number, sentMs: number, decidedMs: number) =>
  call(n, sentMs, decidedMs + 50, { headersMs: decidedMs });
const no = (n: number, sentMs: number) => refused(n, sentMs, sentMs + 20, { headersMs: sentMs + 10 });
/** Could a limit over time have refused the last of these calls, or those named? */
const could = (calls: readonly CallRecord[], refusals: readonly CallRecord[] = calls.slice(-1)) =>
  couldBeRate(calls, refusals);

const one = through(1, 0, 0);
/** Long after whatever else was made: so many calls at once, let through within so long. */
const many = (count: number, withinMs: number) =>
  Array.from({ length: count }, (_, at) => through(at + 10, 100_000, 100_000 + withinMs));

describe("refusals that a limit of requests over time could have made", () => {
  it("come no later than a minute, and what a message takes, after the calls that filled it", () => {
    expect(could([one, no(2, 60_100)])).toBe(true);
    expect(could([one, no(2, 60_101)])).toBe(false);
  });

  it("are any when no call was let through, for its number may be none", () => {
    expect(could([no(1, 0)])).toBe(true);
  });

  it("are beside calls let through at a rate of at most twice what came before each refusal", () => {
    const lone = no(2, 5000);
    expect(could([...many(2, 100), one, lone])).toBe(true);
    expect(could([...many(3, 100), one, lone])).toBe(false);
    // A call that was refused before may count, too.
    const twice = no(3, 5000);
    expect(could([...many(3, 100), one, no(2, 4000), twice])).toBe(true);
    expect(could([...many(5, 100), one, no(2, 4000), twice])).toBe(false);
  });

  it("are all of them possible, or none", () => {
    const [early, late] = [no(2, 1000), no(3, 99_000)];
    expect(could([one, early, late], [early])).toBe(true);
    expect(could([one, early, late], [late])).toBe(false);
    expect(could([one, early, late], [early, late])).toBe(false);
  });

  it.each([
    // A window of 10 ms, in which nobody can say how many were let through, reaches 100 ms further back.
    { refusedMs: 110, withinMs: 5, possible: true },
    { refusedMs: 111, withinMs: 5, possible: false },
    // The next one, of 12.5 ms, is ruled out by what was let through in 10 ms.
    { refusedMs: 112, withinMs: 11, possible: true },
    { refusedMs: 112, withinMs: 10, possible: false },
    // And the one after it, of 15.6 ms, by what was let through in 12.5 ms.
    { refusedMs: 115, withinMs: 13, possible: true },
    { refusedMs: 115, withinMs: 12, possible: false },
  ])(
    "are of some window: with three calls let through in $withinMs ms, one refused $refusedMs ms after another is $possible",
    ({ refusedMs, withinMs, possible }) => {
      expect(could([one, no(2, refusedMs), ...many(3, withinMs)], [no(2, refusedMs)])).toBe(possible);
    },
  );
});
