import { describe, expect, it } from "vitest";
import type { CallRecord, ProbeEvent } from "../../src/verdict/events.js";
import type { RunSpec } from "../../src/verdict/observations.js";
import {
  burst,
  call,
  doubtIds,
  HEALTHY,
  LOCKED,
  LOCKED_END,
  looks,
  NEVER,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

const ALONE = { exclusive: true } as const;
const judged = (events: readonly ProbeEvent[], facts: Partial<RunSpec> = {}) =>
  verdictOf(events, { ...ALONE, ...facts });
const findings = (events: readonly ProbeEvent[], facts: Partial<RunSpec> = {}) =>
  judged(events, facts).findings.map(({ kind }) => kind);
const LIMIT_1 = { known: { value: 1, source: "flag" } } as const;
const of1 = (one: CallRecord): CallRecord =>
  one.rejection ? { ...one, rejection: { ...one.rejection, limit: 1 } } : one;
const lone = refused(9, 9000, 9020);
/** The look after it finds all the room. */
const back = burst(10, 11_020, 3, 1, { phase: "look", lookMs: 2000 });

describe("a refusal with room", () => {
  it("is found beside too many at once, for neither explains the other, but not beside slots that came late", () => {
    const over = [21, 22, 23, 24].map((n) =>
      call(n, 40_000, 41_000, { round: 2, phase: "burst", firstByteMs: 40_100 }),
    );
    expect(findings([...HEALTHY, lone, ...back, ...over])).toEqual(["over-admission", "false-rejection"]);
    const late = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])];
    expect(findings(late)).toEqual(["slow-release"]);
  });

  it("rests on Redis where that was read, be it a single refusal, and else on calls alone", () => {
    const kinds = (events: readonly ProbeEvent[]) => judged(events).findings[0]?.evidence.map(({ kind }) => kind);
    const free = [reading(0), reading(150, ["a"]), reading(8990), reading(9030)];
    expect(kinds([...HEALTHY, lone, ...free])).toEqual(["calls", "counter"]);
    expect(doubtIds(judged([...HEALTHY, lone, ...free]))).toContain("worker-memory");
    expect(kinds([...HEALTHY, lone, ...back])).toEqual(["calls"]);
  });

  it("is said to be one with few in flight only when all of them were", () => {
    const soon = [call(1, 0, 20), refused(2, 50, 60), ...burst(4, 12_000, 1, 1)];
    const seen = [-10, 40, 90, 7990, 8020].map((at) => reading(at, [], { moment: at < 0 ? "before" : "calls" }));
    const all = [...seen, reading(12_100, ["z"]), reading(12_600)];
    const proof = (calls: readonly CallRecord[]) => judged([...calls.map(of1), ...all], LIMIT_1).findings[0]?.proof;
    const words = "calls were refused while Redis held fewer slots than the limit of 1";
    expect(proof(soon)).toBe(`1 ${words.replace("calls were", "call was")}`);
    expect(proof([...soon, refused(3, 8000, 8010)])).toBe(`2 ${words}`);
    const alone = soon.map((one) => (one.n === 2 ? refused(2, 8000, 8010) : one));
    expect(proof(alone)).toBe("1 call was refused with at most 0 of ours in flight, the limit is 1");
  });

  it("is none where a call that was left without a byte may have taken the room since Redis was read", () => {
    const calls = (rest: Partial<CallRecord>) => [call(1, 0, 100, rest), refused(2, 5000, 5020)].map(of1);
    const seen = [reading(-10, [], { moment: "before" }), reading(50, ["a"]), reading(4990), reading(5030)];
    const rest = { ending: "aborted", status: null, firstByteMs: null } as const;
    expect(findings([...calls(rest), ...seen], LIMIT_1)).toEqual([]);
    expect(findings([...calls({}), ...seen], LIMIT_1)).toEqual(["false-rejection"]);
  });

  it("is none where slots from before our calls, with one of ours that came and went between two readings, were all there are", () => {
    const calls = [call(1, 1000, 1100), refused(2, 1095, 1110)];
    const seen = (ids: string[]) =>
      [-10, 990, 1120, 9000].map((at) => reading(at, ids, { moment: at < 0 ? "before" : "calls" }));
    expect(findings([...calls, ...seen(["x", "y"])])).toEqual([]);
    expect(findings([...calls, ...seen(["x"])])).toEqual(["false-rejection"]);
  });

  it("is found by calls alone after room that was missing once and came back, whatever a later look finds", () => {
    // The room of the burst was back at the first look. The second look finds less again: nothing of ours is in its way.
    const calls = [...HEALTHY.slice(0, 4), ...burst(5, 2500, 2, 2), ...looks(9, 3000, [3, 2])];
    expect(judged(calls).findings[0]?.evidence[0]?.calls).toEqual([7, 8, 15, 16]);
  });
});

describe("slots that came back late", () => {
  const second = (calls: readonly CallRecord[]) =>
    calls.map((one) => ({
      ...one,
      n: one.n + 20,
      round: 2,
      sentMs: one.sentMs + 60_000,
      endedMs: one.endedMs + 60_000,
    }));
  const late = (rooms: readonly (number | "refused")[]) => [...LOCKED, ...looks(5, LOCKED_END, rooms)];
  const proof = (calls: readonly CallRecord[]) => verdictOf(calls).findings[0]?.proof;
  const some = { phase: "look", lookMs: 2000 } as const;

  it("are none without a limit", () => {
    const UNKNOWN = { known: { value: null, source: "none" } } as const;
    const calls = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90));
    const seen = [reading(0), reading(150, ["a"]), reading(2500, ["a"], { moment: "look" })];
    const gone = reading(5500, [], { moment: "look" });
    expect(doubtIds(verdictOf([...calls, ...seen, gone], { ...UNKNOWN, bursts: false }))).toEqual(["no-limit"]);
    expect(short(verdictOf([...calls, ...seen, gone], { bursts: false }))).toBe("finding slow-release");
  });

  it("are as late as those of the slowest round", () => {
    const [quick, slow] = [late(["refused", 3]), late(["refused", "refused", 3])];
    expect(proof([...quick, ...second(slow)])).toContain("between 5.0 s and 10.0 s");
    expect(proof([...slow, ...second(quick)])).toContain("between 5.0 s and 10.0 s");
  });

  it("are late from the allowed lag on, and then not early as well", () => {
    const verdict = verdictOf(late(["refused", 3]), { maxLagMs: 2000 });
    expect(short(verdict)).toBe("finding slow-release");
    expect(doubtIds(verdict)).toEqual([]);
    expect(doubtIds(verdictOf(late(["refused", 3]), { maxLagMs: 2001 }))).toContain("late-release");
  });

  it("are told with no interval when the next look, so long after calls of ours, finds all of them", () => {
    const again = burst(9, LOCKED_END + 4500, 3, 1, { phase: "look", lookMs: 4500 });
    expect(proof([...LOCKED, ...burst(5, LOCKED_END + 2000, 1, 3, some), ...again])).toContain("later than 2.0 s");
  });

  it("are proved by a single refusal, too", () => {
    const all = burst(6, LOCKED_END + 5000, 3, 0, { phase: "look", lookMs: 5000 });
    const { findings } = verdictOf([...LOCKED, ...looks(5, LOCKED_END, ["refused"]), ...all]);
    expect(findings[0]?.evidence[0]).toMatchObject({ kind: "calls", calls: [5] });
  });

  it("are none when the look that was refused may have found all the room but for a call without answer", () => {
    const atMs = LOCKED_END + 2000;
    const open = (n: number) => call(n, atMs, atMs + 500, { ...some, ending: "timeout", status: null });
    const look = (admitted: number) => [
      ...burst(10, atMs, admitted, 0, some),
      open(14),
      refused(15, atMs, atMs + 20, some),
    ];
    const all = burst(20, LOCKED_END + 5000, 3, 1, { phase: "look", lookMs: 5000 });
    expect(short(verdictOf([...LOCKED, ...look(1), ...all]))).toBe("inconclusive slow-release");
    expect(short(verdictOf([...LOCKED, ...look(2), ...all]))).toBe("inconclusive");
  });
});

describe("room that was missing before it was all there at the first look", () => {
  it("was late when a single call was refused later than the allowed lag", () => {
    const when = (atMs: number) => {
      const calls = [...HEALTHY.slice(0, 3), refused(4, atMs, atMs + 20), ...looks(5, atMs + 20, [3])];
      return verdictOf(calls).doubts.find(({ id }) => id === "late-release")?.text;
    };
    expect(when(2390)).toContain("room was missing 2.0 s after our calls had ended in round 1");
    expect(when(2289)).toContain("room was missing for a moment in round 1");
  });

  it("was not when all that Redis showed were slots of the look itself", () => {
    const look = burst(9, 5000, 3, 1, { phase: "look", lookMs: 2000 });
    const seen = [reading(0), reading(150, ["a"]), reading(5200, ["x", "y", "z"], { moment: "look" }), reading(5600)];
    for (const maxLagMs of [2000, 1]) {
      const verdict = verdictOf([...HEALTHY, ...look, ...seen], { maxLagMs });
      expect(short(verdict)).toBe("healthy");
      expect(doubtIds(verdict)).toEqual(["late-release"]);
    }
  });
});

describe("a false rejection", () => {
  it("is not named beside a leak that explains it", () => {
    const calls = [...LOCKED, ...looks(5, LOCKED_END, NEVER)];
    expect(short(verdictOf(calls, { exclusive: true }))).toBe("finding leak");
  });

  it("is not found before the first call that was let through", () => {
    const calls = [
      refused(1, 0, 10),
      ...HEALTHY.map((one) => ({ ...one, n: one.n + 1, sentMs: one.sentMs + 9000, endedMs: one.endedMs + 9000 })),
    ];
    expect(verdictOf(calls, { exclusive: true }).findings).toEqual([]);
  });
});

describe("false rejection", () => {
  // Rooms before and after are full, and nothing of ours had ended shortly before.
  const lone = [...HEALTHY, refused(9, 6000, 6020), ...burst(10, 8100, 3, 1, { phase: "look", lookMs: 2000 })];
  const again = [refused(9, 6000, 6020), refused(10, 9000, 9020)].map((one) => ({ ...one, round: 2 }));

  it("is a refusal with fewer than the limit in flight that nothing explains", () => {
    const verdict = verdictOf(lone, { exclusive: true });
    expect(short(verdict)).toBe("finding false-rejection");
    expect(verdict.findings[0]?.evidence[0]?.calls).toEqual([9]);
  });

  it("may have been somebody else's call, unless it is said that there is nobody", () => {
    const verdict = verdictOf(lone);
    expect(short(verdict)).toBe("inconclusive false-rejection");
    expect(doubtIds(verdict)).toContain("perhaps-foreign");
  });

  it("is none when calls of ours may still have held their slots", () => {
    const soon = [...HEALTHY, refused(9, 4900, 4920), ...burst(10, 7000, 3, 1, { phase: "look", lookMs: 2000 })];
    expect(verdictOf(soon, { exclusive: true }).findings).toEqual([]);
  });

  it("is proved where Redis showed room all the time, more than once", () => {
    const free = [reading(0), reading(150, ["a"]), reading(5990), reading(6030), reading(8990), reading(9030)];
    const verdict = verdictOf([...HEALTHY, ...again, ...free]);
    expect(short(verdict)).toBe("finding false-rejection");
    expect(doubtIds(verdict)).toContain("worker-memory");
  });

  it("is not proved where Redis was full, or by one refusal", () => {
    const full = ["a", "b", "c"];
    const taken = [
      reading(0),
      reading(150, ["a"]),
      reading(5990, full),
      reading(6030, full),
      reading(8990, full),
      reading(9030, full),
    ];
    expect(verdictOf([...HEALTHY, ...again, ...taken]).findings.map(({ kind }) => kind)).not.toContain(
      "false-rejection",
    );
    const free = [reading(0), reading(150, ["a"]), reading(5990), reading(6030)];
    expect(verdictOf([...HEALTHY, ...again.slice(0, 1), ...free]).status).toBe("inconclusive");
  });
});
