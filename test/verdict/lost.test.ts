import { describe, expect, it } from "vitest";
import type { CallRecord, SlotReading } from "../../src/verdict/events.js";
import {
  burst,
  call,
  counter,
  doubtIds,
  HEALTHY,
  LEAK,
  LOCKED,
  looks,
  NEVER,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

const UNKNOWN = { known: { value: null, source: "none" } } as const;
const three = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90));
const noAnswer = { ending: "timeout", status: null, firstByteMs: null } as const;
const evidence = (calls: readonly CallRecord[]) => verdictOf(calls).findings[0]?.evidence.map(({ text }) => text);

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

describe("a key that was full when we came, and stayed so, is told by Redis", () => {
  const first = refused(1, 100, 120);
  const full = ["a", "b", "c"];
  const end = (atMs: number, ids: readonly string[] = full) => reading(atMs, ids, { moment: "look" });
  const of = (...readings: SlotReading[]) => short(verdictOf([first, ...readings]));

  it("only when it was full both before and at the end, though our own refusals move a counter", () => {
    const moved = (before: number, last: number) => of(counter(0, before), counter(24_200, last, { moment: "look" }));
    expect(moved(3, 3)).toBe("finding leak");
    expect(moved(4, 3)).toBe("finding leak");
    expect(moved(3, 2)).toBe("inconclusive");
    expect(moved(2, 3)).toBe("inconclusive");
  });

  it("not when it was read only at the end, for then nobody saw that nothing moved it", () => {
    expect(of(end(24_200))).toBe("inconclusive");
    expect(of(end(20_000), end(24_200))).toBe("inconclusive");
  });

  it("not when a run that was cut short read it last before its calls had ended", () => {
    const cut = (...readings: SlotReading[]) =>
      short(verdictOf([first, ...looks(2, 120, NEVER), ...readings], { stopped: "interrupted" }));
    expect(cut(reading(0, full))).toBe("inconclusive");
    expect(cut(reading(0, full), end(24_139))).toBe("inconclusive");
    expect(cut(reading(0, full), end(24_140))).toBe("finding leak");
  });
});

describe("a run without calls", () => {
  it("shows nothing, and nothing of Redis either", () => {
    expect(short(verdictOf([]))).toBe("inconclusive");
    expect(doubtIds(verdictOf([reading(0)]))).not.toContain("other-redis");
  });
});
