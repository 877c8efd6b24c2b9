import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import { burst, call, doubtIds, HEALTHY, looks, reading, refused, short, verdictOf } from "../support/events.js";

const LIMIT_1 = { known: { value: 1, source: "flag" as const } };
const of1 = (one: CallRecord): CallRecord =>
  one.rejection ? { ...one, rejection: { ...one.rejection, limit: 1 } } : one;
const load = (n: number, sentMs: number, endedMs: number, rest: Partial<CallRecord> = {}) =>
  call(n, sentMs, endedMs, { phase: "load", firstByteMs: sentMs + 10, ...rest });
const no = (n: number, sentMs: number, rest: Partial<CallRecord> = {}) =>
  refused(n, sentMs, sentMs + 10, { phase: "load", ...rest });
/** Three at once, refusals beside them, and after the load a burst that finds all the room. */
const BUSY = [
  ...[1, 2, 3].map((n) => load(n, 0, 1000)),
  ...[4, 5].map((n) => no(n, 500)),
  ...[6, 7, 8].map((n) => load(n, 1010, 2000)),
];
const END = burst(9, 4100, 3, 1);

describe("a load", () => {
  it("whose refusals came while the limit's worth of calls ran is healthy", () => {
    expect(verdictOf([...BUSY, ...END])).toEqual({ status: "healthy", findings: [], doubts: [] });
  });

  it("asks for no room: refusals in it with fewer admitted than the limit are no trouble", () => {
    const few = [load(1, 0, 100), no(2, 50), ...END];
    expect(verdictOf(few).findings.map(({ kind }) => kind)).not.toContain("leak");
    expect(doubtIds(verdictOf(few))).not.toContain("still-recovering");
  });

  it("is over-admitted when more than the limit are open for longer than a network holds bytes back", () => {
    const four = (ms: number) => [...[1, 2, 3, 4].map((n) => load(n, 0, 15 + ms)), ...burst(9, 4100, 3, 1)];
    expect(short(verdictOf(four(251)))).toBe("finding over-admission");
    const soon = verdictOf(four(250));
    expect(short(soon)).toBe("healthy");
    expect(doubtIds(soon)).toEqual(["short-overlap"]);
    expect(soon.doubts[0]?.explains).toBe(false);
    expect(doubtIds(verdictOf(four(251)))).not.toContain("short-overlap");
  });

  it("has a network as slow as its slowest refusal", () => {
    const four = (ms: number) => [
      ...[1, 2, 3, 4].map((n) => load(n, 0, 15 + ms)),
      refused(5, 20, 620, { phase: "load" }),
      ...burst(9, 4100, 3, 1),
    ];
    expect(short(verdictOf(four(600)))).toBe("healthy");
    expect(short(verdictOf(four(601)))).toBe("finding over-admission");
  });

  it("keeps a burst's overlaps of moments", () => {
    const four = [1, 2, 3, 4].map((n) => call(n, 0, 30, { phase: "burst", firstByteMs: 10 }));
    expect(short(verdictOf(four))).toBe("finding over-admission");
    const warm = four.map((one) => ({ ...one, phase: "warm-up" as const }));
    expect(short(verdictOf([...warm, ...END]))).toBe("healthy");
  });

  it("leaves a leak that the burst after it shows", () => {
    const calls = [...BUSY, ...burst(9, 4100, 2, 2), ...looks(13, 4600, [2, 2, 2, 2, 2, 2])];
    expect(short(verdictOf(calls))).toBe("finding leak");
  });

  it("does not blame its refusals when the burst after it finds the slots late", () => {
    const calls = [
      ...[1, 2, 3].map((n) => load(n, 0, 100)),
      no(4, 2500),
      ...burst(5, 4700, 2, 2),
      ...looks(9, 5200, [3]),
    ];
    const verdict = verdictOf(calls, { exclusive: true });
    expect(verdict.status).toBe("inconclusive");
    expect(verdict.findings.flatMap(({ evidence }) => evidence.flatMap((one) => one.calls))).toEqual([7, 8]);
    expect(doubtIds(verdict)).toEqual(["late-release", "late-slots"]);
  });
});

describe("the first call of a run", () => {
  it("that was refused beside calls of ours tells nothing of what was before", () => {
    const overtaken = [no(1, 0, { endedMs: 30 }), ...[2, 3, 4].map((n) => load(n, 1, 900)), ...END];
    expect(doubtIds(verdictOf(overtaken))).not.toContain("full-before");
    expect(doubtIds(verdictOf([no(1, 0), ...[2, 3, 4].map((n) => load(n, 10, 900)), ...END]))).not.toContain(
      "full-before",
    );
    expect(doubtIds(verdictOf([no(1, 0), ...[2, 3, 4].map((n) => load(n, 11, 900)), ...END]))).toContain("full-before");
  });

  it("of a load goes alone, and its refusal is trouble like any other", () => {
    const first = no(1, 0, { phase: "warm-up" });
    const locked = [first, ...looks(2, 10, ["refused", "refused", "refused", "refused", "refused"])];
    expect(short(verdictOf(locked, { exclusive: true }))).toBe("finding leak");
  });

  it("of a warm-up one by one is followed by calls that ask for room, too", () => {
    const warm = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90, { phase: "warm-up" }));
    const locked = [
      ...warm,
      no(4, 400, { phase: "warm-up" }),
      ...looks(5, 410, ["refused", "refused", "refused", "refused", "refused"]),
    ];
    expect(short(verdictOf(locked))).toBe("finding leak");
    const loaded = [...locked.slice(0, 4), load(5, 500, 600), ...END];
    expect(verdictOf(loaded).findings.map(({ kind }) => kind)).not.toContain("leak");
    expect(doubtIds(verdictOf(loaded))).not.toContain("still-recovering");
  });
});

describe("a refusal in a load", () => {
  const quick = (n: number, sentMs: number) => load(n, sentMs, sentMs + 20);
  /** Calls of 20 ms every 100 ms on a limit of one, and a refusal between two of them each. */
  const dense = [quick(1, 0), no(2, 50), quick(3, 100), no(4, 150), quick(5, 200), ...burst(6, 3000, 1, 1)].map(of1);

  it("is proved by what Redis held, however many calls ended just before", () => {
    const seen = [-10, 40, 90, 140, 190, 240].map((at) => reading(at, [], { moment: at < 0 ? "before" : "calls" }));
    const all = [...seen, reading(3100, ["z"]), reading(3600)];
    const verdict = verdictOf([...dense, ...all], LIMIT_1);
    expect(short(verdict)).toBe("finding false-rejection");
    expect(verdict.findings[0]?.proof).toBe("2 calls were refused while Redis held fewer slots than the limit of 1");
    expect(verdict.findings[0]?.evidence[0]?.calls).toEqual([2, 4]);
  });

  it("is not, when a call may have been admitted since Redis was read", () => {
    const seen = [-10, 5, 90, 105, 190, 240].map((at) => reading(at, [], { moment: at < 0 ? "before" : "calls" }));
    expect(verdictOf([...dense, ...seen, reading(3100, ["z"]), reading(3600)], LIMIT_1).findings).toEqual([]);
  });

  it("is not, when a call that we left may still hold its slot", () => {
    const left = { ending: "aborted" as const, status: null, firstByteMs: null };
    const lonely = [load(1, 0, 100, left), no(2, 5000), no(3, 9000), ...burst(4, 12_000, 1, 1)].map(of1);
    const facts = { ...LIMIT_1, ending: "aborted after 100 ms", exclusive: true };
    expect(verdictOf(lonely, facts).findings).toEqual([]);
    const over = lonely.map((one) => (one.n === 1 ? call(1, 0, 100, { phase: "load" }) : one));
    expect(verdictOf(over, { ...LIMIT_1, exclusive: true }).findings.map(({ kind }) => kind)).toEqual([
      "false-rejection",
    ]);
  });
});

describe("room that is found missing once, later than the allowed lag", () => {
  const late = (burstMs: number) => [
    ...HEALTHY.slice(0, 4),
    ...burst(5, burstMs, 2, 2),
    ...looks(9, burstMs + 500, [3]),
  ];

  it("is no healthy limiter, and no finding", () => {
    const verdict = verdictOf(late(2490));
    expect(short(verdict)).toBe("inconclusive");
    expect(verdict.doubts.find(({ id }) => id === "late-release")).toMatchObject({ explains: true });
    expect(verdict.doubts[0]?.text).toContain("2.0 s after our calls had ended");
  });

  it("is only noted when it was sooner", () => {
    const verdict = verdictOf(late(2489));
    expect(short(verdict)).toBe("healthy");
    expect(doubtIds(verdict)).toEqual(["late-release"]);
  });
});
