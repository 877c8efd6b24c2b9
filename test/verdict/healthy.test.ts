import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import { call, doubtIds, HEALTHY, looks, reading, refused, short, verdictOf } from "../support/events.js";

const scoped = (calls: readonly CallRecord[], scope: string) =>
  calls.map((one) => (one.rejection ? { ...one, rejection: { ...one.rejection, scope } } : one));

describe("what stands between healthy and not", () => {
  it.each([
    ["a refusal by another's limit", scoped(HEALTHY, "team")],
    [
      "a call without any answer",
      [...HEALTHY, call(9, 4000, 4100, { ending: "broken", status: null, error: "ECONNRESET" })],
    ],
    [
      "a limit that changed",
      [
        ...HEALTHY.slice(0, 7),
        call(8, 2500, 3000, { phase: "burst", limitHeader: 9 }),
        refused(9, 2500, 2520, { phase: "burst" }),
      ],
    ],
  ])("%s", (_what, calls) => {
    expect(verdictOf(calls).status).toBe("inconclusive");
  });

  it("a key that was full for a moment before our first call does not", () => {
    const verdict = verdictOf([refused(1, 100, 120), ...looks(2, 120, [3])]);
    expect(verdict.status).toBe("healthy");
    expect(doubtIds(verdict)).toEqual(["full-before"]);
  });

  it("a key that was full for long before our first call does, whoever was late", () => {
    const verdict = verdictOf([refused(1, 100, 120), ...looks(2, 120, ["refused", "refused", 3])]);
    expect(short(verdict)).toBe("inconclusive slow-release");
  });

  it("a burst that was no larger than the limit does, but none at all does not", () => {
    expect(verdictOf(HEALTHY.slice(0, 4), { bursts: false }).status).toBe("healthy");
    expect(verdictOf(HEALTHY.slice(0, 4)).status).toBe("inconclusive");
  });
});

describe("calls one after another without Redis", () => {
  const some = (count: number) => Array.from({ length: count }, (_, at) => call(at + 1, at * 100, at * 100 + 90));

  it("show nothing while they are no more than the limit", () => {
    const few = verdictOf(some(3), { bursts: false });
    expect(few.status).toBe("inconclusive");
    expect(doubtIds(few)).toContain("too-few-calls");
    expect(verdictOf(some(4), { bursts: false }).status).toBe("healthy");
    expect(verdictOf([...some(3), reading(0), reading(50, ["a"]), reading(300)], { bursts: false }).status).toBe(
      "healthy",
    );
  });
});

describe("a run without calls", () => {
  it("shows nothing, and nothing of Redis either", () => {
    expect(short(verdictOf([]))).toBe("inconclusive");
    expect(doubtIds(verdictOf([reading(0)]))).not.toContain("other-redis");
  });
});

describe("too few calls to see a leak without Redis", () => {
  it("are enough where Redis was read, be it once", () => {
    const few = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90));
    const once = reading(400, ["a"]);
    expect(doubtIds(verdictOf(few, { bursts: false }))).toContain("too-few-calls");
    expect(doubtIds(verdictOf([...few, once], { bursts: false }))).not.toContain("too-few-calls");
  });
});
