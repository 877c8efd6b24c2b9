import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import {
  burst,
  call,
  doubt,
  HEALTHY,
  LEAK,
  LOCKED,
  LOCKED_END,
  looks,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

const UNKNOWN = { known: { value: null, source: "none" } } as const;
const three = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90));
const noAnswer = { ending: "timeout", status: null, firstByteMs: null } as const;
const evidence = (calls: readonly CallRecord[]) => verdictOf(calls).findings[0]?.evidence.map(({ text }) => text);

describe("a room that never came back", () => {
  it("is said to be growing only when it did not shrink as well", () => {
    const text = (rooms: readonly (number | "refused")[]) =>
      doubt([...LOCKED, ...looks(5, LOCKED_END, rooms)], "still-recovering")?.text;
    expect(text(["refused", 1])).toBe(
      "room was growing when we stopped looking after 5.0 s; wait longer with --settle",
    );
    expect(text([2, 1])).toBe("in round 1 the room never came back to 3");
    expect(text(["refused", "refused"])).toBe("in round 1 the room never came back to 3");
  });

  it("is that of the first round that has one", () => {
    const second = (calls: readonly CallRecord[]) =>
      calls.map((one) => ({
        ...one,
        n: one.n + 20,
        round: 2,
        sentMs: one.sentMs + 60_000,
        endedMs: one.endedMs + 60_000,
      }));
    const back = [...LOCKED, ...looks(5, LOCKED_END, [3])];
    expect(doubt([...LOCKED, ...second(LOCKED)], "still-recovering")?.text).toContain("round 1");
    expect(doubt([...back, ...second(LOCKED)], "still-recovering")?.text).toContain("round 2");
    expect(doubt([...back, ...second(back)], "still-recovering")).toBeUndefined();
  });

  it("leaves the evidence of a leak: what was refused at first, and what later", () => {
    expect(verdictOf(LEAK).findings[0]?.evidence.map(({ text }) => text)).toEqual([
      "refused with none of ours in flight, limit 3 (call 4)",
      "refused again when looked at later (call 5-9)",
    ]);
    const some = [...HEALTHY.slice(0, 4), ...burst(5, 2500, 2, 2), ...looks(9, 3000, [2, 2, 2, 2, 2, 2])];
    expect(verdictOf(some).findings[0]?.evidence[0]?.text).toBe("of 4 calls at once 2 were admitted (call 7-8)");
    const two = [
      call(1, 100, 190),
      call(2, 200, 290),
      reading(0),
      reading(250, ["a"]),
      reading(24_290, ["a"], { moment: "look" }),
    ];
    expect(verdictOf(two).findings[0]?.evidence).toHaveLength(1);
  });

  it("is a leak from the settle time on, but for a timer that is early by a moment", () => {
    const last = (atMs: number) =>
      LEAK.map((one) => (one.lookMs === 24_000 ? { ...one, sentMs: atMs, endedMs: atMs + 20 } : one));
    expect(short(verdictOf(last(24_400)))).toBe("finding leak");
    expect(short(verdictOf(last(24_399)))).toBe("inconclusive");
  });
});

describe("room that never came back", () => {
  it("is nobody's to say without a limit, whatever Redis still holds", () => {
    const stayed = [reading(0), reading(150, ["a"]), reading(24_390, ["a"], { moment: "look" })];
    expect(short(verdictOf([...three, ...stayed], UNKNOWN))).toBe("inconclusive");
    expect(short(verdictOf([...three, ...stayed]))).toBe("finding leak");
  });

  it("is told by the first round that lost it", () => {
    const second = LEAK.map((one) => ({
      ...one,
      n: one.n + 20,
      round: 2,
      sentMs: one.sentMs + 60_000,
      endedMs: one.endedMs + 60_000,
    }));
    const verdict = verdictOf([...LEAK, ...second]);
    expect(verdict.findings[0]?.evidence.map(({ calls }) => calls)).toEqual([[4], [5, 6, 7, 8, 9]]);
  });

  it("is not proved by calls where Redis was read, be it only once", () => {
    expect(short(verdictOf([...LEAK, reading(24_500, ["x"], { moment: "look" })]))).toBe("inconclusive");
  });

  it("is proved by slots in Redis also when some of the calls were refused", () => {
    const stayed = [1, 2, 3].map((n) => reading(n * 100 + 50, ["a", "b", "c"].slice(0, n)));
    const end = reading(24_420, ["a", "b", "c"], { moment: "look" });
    expect(short(verdictOf([...LOCKED, reading(0), ...stayed, end]))).toBe("finding leak");
  });

  it("is that of our calls by their ids also where nothing was waited for", () => {
    const seen = [reading(0), reading(150, ["a"]), reading(390, ["a"], { moment: "look" })];
    const facts = { settleMs: 0, maxLagMs: 0, shared: true };
    expect(short(verdictOf([...three, ...seen], facts))).toBe("finding leak");
  });

  it("is not lost when some look may have found all of it, but for calls that nobody answered", () => {
    const look = { phase: "look", lookMs: 10_000 } as const;
    const some = (open: number) => [
      ...LEAK.filter(({ lookMs }) => lookMs !== 10_000),
      ...Array.from({ length: open }, (_, at) => call(20 + at, 10_420, 10_900, { ...look, ...noAnswer })),
      refused(23, 10_420, 10_440, look),
    ];
    expect(short(verdictOf(some(3)))).toBe("inconclusive");
    expect(short(verdictOf(some(2)))).toBe("inconclusive leak");
  });

  it("leaves as evidence what was refused, be it one of two calls, and one call later", () => {
    const two = [...HEALTHY.slice(0, 4), ...burst(5, 2500, 1, 1), ...looks(9, 3000, [1, 1, 1, 1, 1, 1])];
    expect(evidence(two)?.[0]).toBe("of 2 calls at once 1 were admitted (call 6)");
    const once = LEAK.filter(({ lookMs }) => lookMs === 0 || lookMs === 24_000);
    expect(evidence(once)?.[1]).toBe("refused again when looked at later (call 9)");
  });
});
