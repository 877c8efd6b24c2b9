import { expect, it } from "vitest";
import { throughputOf } from "../../../src/runs/latency.js";
import { call, refused } from "../../support/events.js";

const load = { phase: "load" } as const;
/** Twenty a second for five seconds, answered one after another by a server that takes 100 ms for each. */
const slow = Array.from({ length: 100 }, (_, at) => call(at + 1, at * 50, (at + 1) * 100, load));

it("a server that is slow to answer does not make a schedule slower", () => {
  expect(throughputOf(slow, 20)).toEqual({ offeredPerS: 20, sentPerS: 20, admittedPerS: 10 });
});

it("refused calls are sent and not admitted, and calls of other phases are neither", () => {
  const calls = [call(1, 0, 100, load), refused(2, 500, 520, load), call(3, 1000, 2000, load), call(4, 9000, 9100)];
  expect(throughputOf(calls, null)).toEqual({ offeredPerS: null, sentPerS: 2, admittedPerS: 1 });
});

it("one call is one in its own time, and none is no load", () => {
  expect(throughputOf([call(1, 0, 500, load)], null)).toMatchObject({ sentPerS: 2, admittedPerS: 2 });
  expect(throughputOf([call(1, 0, 500)], null)).toBeNull();
});
