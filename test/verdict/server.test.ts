import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import { call, doubtIds, HEALTHY, LOCKED, LOCKED_END, looks, short, verdictOf } from "../support/events.js";

/** The same calls to a server that is no LiteLLM, whose refusals say nothing of what they are for. */
const plain = (calls: readonly CallRecord[]): CallRecord[] =>
  calls.map((one) => ({
    ...one,
    version: null,
    ...(one.rejection && {
      rejection: { ...one.rejection, source: "unnamed", scope: null, limiter: null, message: "busy" },
    }),
  }));
const PLAIN = { litellm: false, known: { value: 3, source: "flag" } } as const;

describe("a server that is no LiteLLM", () => {
  it("is said to be none, and judged all the same", () => {
    const verdict = verdictOf(plain(HEALTHY), PLAIN);
    expect(short(verdict)).toBe("healthy");
    expect(doubtIds(verdict)).toContain("not-litellm");
    expect(doubtIds(verdictOf(HEALTHY))).not.toContain("not-litellm");
  });

  it("whose refusals name no limit is told by when they came: beside as many calls as the limit, or not", () => {
    const beside = verdictOf(plain(HEALTHY), PLAIN);
    expect(beside.doubts.find(({ id }) => id === "unnamed-refusal")?.text).toMatch(/came only with 3 calls in flight/);
    const refusedAlone = [...LOCKED, ...looks(5, LOCKED_END, ["refused", "refused", "refused", "refused", "refused"])];
    const alone = verdictOf(plain(refusedAlone), PLAIN);
    expect(alone.status).toBe("inconclusive");
    expect(alone.doubts.find(({ id }) => id === "unnamed-refusal")).toMatchObject({ explains: true });
    expect(doubtIds(verdictOf(HEALTHY))).not.toContain("unnamed-refusal");
  });
});

describe("a load through the end of a window", () => {
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
