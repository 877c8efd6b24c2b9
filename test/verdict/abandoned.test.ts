import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import {
  call,
  doubt,
  doubtIds,
  HEALTHY,
  LOCKED_END,
  looks,
  NEVER,
  OVER,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

const facts = { ending: "aborted after 2 content events" };
const left = (n: number, rest: Partial<CallRecord>) =>
  call(n, n * 100, n * 100 + 90, { ending: "aborted", firstByteMs: n * 100 + 10, events: 2, ...rest });
const lock = (rest: Partial<CallRecord>) => [
  ...[1, 2, 3].map((n) => left(n, rest)),
  refused(4, 400, 420),
  ...looks(5, LOCKED_END, NEVER),
];

describe("calls that we left", () => {
  it("prove a leak when their answer would long be over at the pace that was seen", () => {
    // Two events in 80 ms: sixteen tokens would have been there after 640 ms, twice that is waited for.
    expect(short(verdictOf(lock({}), facts))).toBe("finding leak");
  });

  it("prove none when their answer may still run at that pace", () => {
    const slow = lock({}).map((one) => (one.ending === "aborted" ? { ...one, firstByteMs: one.endedMs - 2000 } : one));
    const verdict = verdictOf(slow, facts);
    expect(short(verdict)).toBe("inconclusive leak");
    expect(doubtIds(verdict)).toContain("abandoned");
  });

  it("count the tokens that were asked for", () => {
    expect(short(verdictOf(lock({}), { ...facts, maxTokens: 1000 }))).toBe("inconclusive leak");
  });

  it.each([{ firstByteMs: null }, { events: 0 }, { events: 1 }])(
    "prove none before ten minutes when nothing of it was seen, or no pace: %j",
    (rest) => {
      expect(short(verdictOf(lock(rest), facts))).toBe("inconclusive leak");
      const long = lock(rest).map((one) =>
        one.lookMs === 24_000 ? { ...one, sentMs: 611_000, endedMs: 611_020 } : one,
      );
      expect(short(verdictOf(long, { ...facts, settleMs: 600_000 }))).toBe("finding leak");
    },
  );

  it("are looked at in Redis as long as by calls", () => {
    const calls = [left(1, { firstByteMs: null, status: null })];
    const until = (atMs: number) => [reading(0), reading(150, ["a"]), reading(atMs, ["a"], { moment: "look" })];
    expect(short(verdictOf([...calls, ...until(25_000)], facts))).toBe("inconclusive leak");
    expect(short(verdictOf([...calls, ...until(620_000)], facts))).toBe("finding leak");
  });

  it("explain why slots came late, when no byte had come", () => {
    const late = (rest: Partial<CallRecord>) => {
      const calls = [
        ...[1, 2, 3].map((n) => left(n, rest)),
        refused(4, 400, 420),
        ...looks(5, LOCKED_END, ["refused", 3]),
      ];
      return doubtIds(verdictOf(calls, facts));
    };
    expect(late({ firstByteMs: null, status: null })).toContain("abandoned");
    expect(late({})).not.toContain("abandoned");
  });

  it("that ended by themselves are named, and some must have been left", () => {
    const whole = [call(1, 100, 190), left(2, {}), left(3, {})];
    expect(doubtIds(verdictOf(whole, facts))).toContain("ended-early");
    expect(doubtIds(verdictOf([left(1, {}), left(2, {})], facts))).not.toContain("ended-early");
    expect(doubtIds(verdictOf(whole))).not.toContain("ended-early");
  });
});

describe("calls that we left before an answer", () => {
  const left = (n: number, rest: Partial<CallRecord> = {}) =>
    call(n, n * 100, n * 100 + 90, { ending: "aborted", firstByteMs: null, status: null, ...rest });
  const lock = (lastMs: number) => [
    ...[1, 2, 3].map((n) => left(n)),
    refused(4, 400, 420),
    ...looks(5, LOCKED_END, NEVER).map((one) =>
      one.lookMs === 24_000 ? { ...one, sentMs: lastMs, endedMs: lastMs + 20 } : one,
    ),
  ];
  const facts = { ending: "aborted after 90 ms" };

  it("prove a leak from the moment on at which the last of them must be over", () => {
    expect(short(verdictOf(lock(610_390), facts))).toBe("finding leak");
    expect(short(verdictOf(lock(610_389), facts))).toBe("inconclusive leak");
    expect(doubt(lock(610_389), "abandoned", facts)?.text).toContain("(call 3)");
  });

  it("are not named where nothing was lost", () => {
    const fine = HEALTHY.map((one) => (one.ending === "completed" ? { ...one, ending: "aborted" as const } : one));
    expect(verdictOf(fine, facts)).toMatchObject({ status: "healthy", doubts: [] });
  });

  it("are named beside whatever else is wrong", () => {
    const overToo = OVER.map((one) => ({ ...one, sentMs: 0, firstByteMs: 10, lastByteMs: 90, endedMs: 90 }));
    expect(short(verdictOf([...lock(24_420), ...overToo], facts))).toBe("finding over-admission");
    expect(doubtIds(verdictOf([...lock(24_420), ...overToo], facts))).toContain("abandoned");
    const slow = [...[1, 2, 3].map((n) => left(n)), refused(4, 400, 420), ...looks(5, LOCKED_END, ["refused", 3])];
    expect(doubtIds(verdictOf([...slow, ...overToo], facts))).toContain("abandoned");
  });

  it("and some that ended before we could leave them still show what those did that we left", () => {
    const some = HEALTHY.map((one) =>
      one.ending === "completed" && one.n > 1 ? { ...one, ending: "aborted" as const } : one,
    );
    expect(verdictOf(some, facts).status).toBe("healthy");
    expect(doubtIds(verdictOf(some, facts))).toEqual(["ended-early"]);
  });
});
