import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import { burst, call, doubt, doubtIds, LOCKED, short, verdictOf } from "../support/events.js";

const load = (n: number, sentMs: number, endedMs: number, rest: Partial<CallRecord> = {}) =>
  call(n, sentMs, endedMs, { phase: "load", firstByteMs: sentMs + 10, ...rest });

describe("a load through the end of a window", () => {
  const load = (n: number, sentMs: number, openMs: number | null, rest: Partial<CallRecord> = {}) =>
    call(n, sentMs, sentMs + 10 + (openMs ?? 0), {
      phase: "load",
      firstByteMs: openMs === null ? null : sentMs + 10,
      ...rest,
    });
  const through = (calls: readonly CallRecord[], windowMs = 60_000) =>
    doubt([...calls, ...burst(90, 90_000, 3, 1)], "short-for-window", { windowMs })?.text;

  it("lasts from its first call to its last, whenever the run began", () => {
    const from = (firstMs: number, lastMs: number) => through([load(1, firstMs, 2000), load(2, lastMs, 2000)]);
    expect(from(5000, 64_999)).toContain("the load ended after 60.0 s, before a window of 60.0 s was over");
    expect(from(5000, 65_000)).toBeUndefined();
    expect(from(5000, 5000)).toContain("the load ended after 0.0 s");
    for (const calls of [[], [load(1, 5000, 2000)]]) {
      expect(through(calls, 1)).toContain("the load ended after 0.0 s");
    }
  });

  it("has most calls open for long: half of them are enough, and those without a byte are short", () => {
    const text = (...open: (number | null)[]) => through(open.map((ms, at) => load(at + 1, at * 60_000, ms)));
    expect(text(1999, 2000)).toBeUndefined();
    expect(text(1999, 2000, 1999)).toContain("most calls were open for less than 2.0 s");
    expect(text(null, 2000, null)).toContain("most calls were open for less than 2.0 s");
    const cut = [1, 2, 3].map((n) => load(n, n * 40_000, 3000, n > 1 ? { lastByteMs: null } : {}));
    expect(through(cut)).toContain("most calls were open for less than 2.0 s");
  });
});

describe("a load through the end of a window: how long", () => {
  const through = (openMs: number, lastMs: number) => {
    const calls = [load(1, 0, 10 + openMs), load(2, 500, 510 + openMs), load(3, lastMs, lastMs + 10 + openMs)];
    return verdictOf([...calls, ...burst(4, lastMs + 9000, 3, 1)], { windowMs: 60_000 });
  };

  it("must last for a whole window", () => {
    expect(short(through(2000, 60_000))).toBe("healthy");
    expect(short(through(2000, 59_999))).toBe("inconclusive");
    expect(through(2000, 59_999).doubts[0]).toMatchObject({ id: "short-for-window", explains: true });
    expect(through(2000, 59_999).doubts[0]?.text).toContain("before a window of 60.0 s was over");
  });

  it("must have calls that are open on both sides of its end", () => {
    expect(short(through(1999, 60_000))).toBe("inconclusive");
    expect(through(1999, 60_000).doubts[0]?.text).toContain("most calls were open for less than 2.0 s");
  });
});

describe("a load through the end of a window: beside a plain server", () => {
  const WINDOW = { windowMs: 10_000 };
  /** Three callers, call after call, each open for so long. */
  const load = (openMs: number, forMs: number): CallRecord[] =>
    Array.from({ length: 3 * Math.floor(forMs / openMs) }, (_, at) => {
      const sentMs = 1000 + Math.floor(at / 3) * openMs;
      return call(at + 1, sentMs, sentMs + openMs - 10, { phase: "load", firstByteMs: sentMs + 20 });
    });
  const whole = (openMs: number, forMs: number) => {
    const calls = load(openMs, forMs);
    const from = calls.length + 1;
    const atMs = 1000 + forMs + 3000;
    const burst = [0, 1, 2].map((at) => call(from + at, atMs, atMs + 500, { phase: "burst" }));
    return [
      ...calls,
      ...burst,
      { ...LOCKED[3], n: from + 3, phase: "burst", sentMs: atMs, endedMs: atMs + 20 } as CallRecord,
    ];
  };

  it("is healthy when its calls were long and it saw the window end", () => {
    expect(short(verdictOf(whole(3000, 15_000), WINDOW))).toBe("healthy");
  });

  it.each([
    ["were too short to be open on both sides of it", whole(500, 15_000), /open for less than 2.0 s/],
    ["ended before a window was over", whole(3000, 9000), /before a window of 10.0 s was over/],
  ])("proves nothing when its calls %s", (_, calls, words) => {
    const verdict = verdictOf(calls, WINDOW);
    expect(short(verdict)).toBe("inconclusive");
    expect(verdict.doubts.find(({ id }) => id === "short-for-window")?.text).toMatch(words);
  });

  it("needs no such doubt where more than the limit were seen at once", () => {
    const beside = call(90, 9000, 11_500, { phase: "load", firstByteMs: 9050 });
    const verdict = verdictOf([...whole(3000, 9000), beside], WINDOW);
    expect(short(verdict)).toBe("finding over-admission");
    expect(doubtIds(verdict)).not.toContain("short-for-window");
  });
});
