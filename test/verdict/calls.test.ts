import { describe, expect, it } from "vitest";
import { formatCalls, isAdmitted, isRefused, isUnanswered, lastEnd } from "../../src/verdict/calls.js";
import type { CallRecord } from "../../src/verdict/events.js";
import { call, doubtIds, HEALTHY, refused, verdictOf } from "../support/events.js";

const by = (source: NonNullable<CallRecord["rejection"]>["source"]): CallRecord =>
  refused(1, 0, 10, { rejection: { source, limit: null, scope: null, limiter: null, message: "" } });
const ended = (ending: CallRecord["ending"], status: number | null = null) => call(1, 0, 10, { ending, status });

describe("a call", () => {
  it.each([
    ["completed", ended("completed", 200), true, false],
    ["left in its answer", ended("aborted", 200), true, false],
    ["left before its answer", ended("aborted"), true, false],
    ["cut", ended("cut", 200), true, false],
    ["broken in its answer", ended("broken", 200), true, false],
    ["failed at the provider", ended("failed", 500), true, false],
    ["asking for an unknown model", ended("failed", 400), true, false],
    ["without a right key", ended("failed", 401), false, false],
    ["without a right", ended("failed", 403), false, false],
    ["refused by the provider", by("provider"), true, false],
    ["refused by the deployment", by("deployment-limit"), true, false],
    ["refused by the limiter", by("parallel-limit"), false, true],
    ["refused by a rate", by("rate-limit"), false, false],
    ["refused without Redis", by("redis-away"), false, false],
    ["timed out without answer", ended("timeout"), false, false],
    ["broken without answer", ended("broken"), false, false],
    ["interrupted without answer", ended("interrupted"), false, false],
  ])("%s", (_what, one, admitted, refusedByLimiter) => {
    expect(isAdmitted(one)).toBe(admitted);
    expect(isRefused(one)).toBe(refusedByLimiter);
  });

  it.each([
    [ended("timeout"), true],
    [ended("broken"), true],
    [ended("interrupted"), true],
    [ended("timeout", 200), false],
    [ended("aborted"), false],
    [ended("completed", 200), false],
    [refused(1, 0, 10, { status: null }), false],
  ])("leaves open whether it was let through: $ending, $status", (one, unanswered) => {
    expect(isUnanswered(one)).toBe(unanswered);
  });
});

describe("calls", () => {
  it("end with the last of them", () => {
    expect(lastEnd([call(1, 0, 30), call(2, 5, 20)])).toBe(30);
    expect(lastEnd([])).toBe(0);
  });

  it.each([
    [[1], "1"],
    [[1, 2], "1-2"],
    [[3, 1, 2], "1-3"],
    [[1, 2, 4, 6, 7], "1-2, 4, 6-7"],
    [[10, 9, 2], "2, 9-10"],
    [[], ""],
    [
      Array.from({ length: 21 }, (_, at) => 2 * at + 1),
      `${Array.from({ length: 20 }, (_, at) => 2 * at + 1).join(", ")} and 1 more`,
    ],
    [Array.from({ length: 20 }, (_, at) => 2 * at + 1), Array.from({ length: 20 }, (_, at) => 2 * at + 1).join(", ")],
    [
      [...Array.from({ length: 21 }, (_, at) => 2 * at + 1), 42, 44, 46, 47],
      `${Array.from({ length: 20 }, (_, at) => 2 * at + 1).join(", ")} and 5 more`,
    ],
  ])("%j are named %j", (numbers, words) => {
    expect(formatCalls(numbers.map((n) => call(n, 0, 1)))).toBe(words);
  });
});

it("a call that we interrupted did not fail", () => {
  const cut = call(20, 8000, 8100, { ending: "interrupted" });
  expect(doubtIds(verdictOf([...HEALTHY, cut], { stopped: "interrupted" }))).toEqual(["cut-short"]);
});
