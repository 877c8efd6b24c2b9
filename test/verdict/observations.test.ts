import { describe, expect, it } from "vitest";
import type { CallRecord, ProbeEvent } from "../../src/verdict/events.js";
import { callEvidence, redisEvidence } from "../../src/verdict/findings/candidate.js";
import { lags } from "../../src/verdict/findings/slow-release.js";
import { analyse, judge, proofOf } from "../../src/verdict/index.js";
import { isNotLitellm, observe } from "../../src/verdict/observations.js";
import { recoveries } from "../../src/verdict/readings/capacity.js";
import {
  burst,
  call,
  doubtIds,
  FACTS,
  HEALTHY,
  LOCKED,
  LOCKED_END,
  looks,
  NEVER,
  reading,
  refused,
  verdictOf,
} from "../support/events.js";

describe("what a run saw", () => {
  it("is the same in whatever order it was written down", () => {
    const seen = [
      reading(0),
      reading(50, ["x"], { moment: "before" }),
      reading(150, ["x", "a"]),
      reading(24_500, ["x"]),
    ];
    const events: ProbeEvent[] = [refused(1, 60, 70), ...LOCKED.slice(1), ...looks(5, LOCKED_END, NEVER), ...seen];
    expect(observe(FACTS, [...events].reverse())).toEqual(observe(FACTS, events));
    expect(observe(FACTS, [...events].reverse()).calls.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(observe(FACTS, [...events].reverse()).readings.map(({ atMs }) => atMs)).toEqual([50, 150, 24_500]);
  });

  it("in Redis begins with the last reading before our first call", () => {
    const renamed = [reading(0, ["x"]), reading(50, [], { moment: "before" }), reading(150, ["a"]), reading(3100)];
    expect(verdictOf([...HEALTHY, ...renamed])).toEqual({ status: "healthy", findings: [], doubts: [] });
  });

  it("in Redis begins with the first reading when none was made before", () => {
    const late = [150, 3100].map((atMs) => reading(atMs, ["a"]));
    expect(observe(FACTS, [...HEALTHY, ...late]).readings).toEqual(late);
  });

  it("is in another Redis than the limiter's as soon as one reading is without a trace of one call", () => {
    expect(doubtIds(verdictOf([call(1, 100, 190), reading(200)]))).toContain("other-redis");
  });
});

describe("a refusal that names no limit", () => {
  const unnamed = (n: number, rest: Partial<CallRecord> = {}) =>
    refused(n, 9000, 9020, {
      rejection: { source: "unnamed", limit: null, scope: null, limiter: null, message: "busy" },
      ...rest,
    });

  it("is the provider's as soon as any answer is LiteLLM's, though some calls got none", () => {
    const doubts = doubtIds(verdictOf([...HEALTHY, unnamed(9, { version: null })]));
    expect(doubts).toContain("provider-refusal");
    expect(doubts).not.toContain("unnamed-refusal");
  });
});

describe("the other side is no LiteLLM", () => {
  const plain = (calls: readonly CallRecord[], litellm?: boolean) =>
    isNotLitellm(observe({ ...FACTS, ...(litellm === undefined ? {} : { litellm }) }, calls));
  const silent = [1, 2].map((n) => call(n, n * 100, n * 100 + 90, { version: null }));

  it("only where neither what it was asked before nor any answer says so", () => {
    expect(plain(silent, false)).toBe(true);
    expect(plain(silent, true)).toBe(false);
    expect(plain(silent)).toBe(false);
    expect(plain([...silent, call(3, 300, 390)], false)).toBe(false);
    expect(plain([...silent, refused(3, 300, 310, { version: null })], false)).toBe(false);
  });
});

describe("how long the room took to come back", () => {
  const of = (events: readonly ProbeEvent[], known: (typeof FACTS)["known"] = FACTS.known) =>
    analyse({ ...FACTS, known }, events).recovery;

  it("is nobody's to say without a limit, whatever Redis still holds", () => {
    const calls = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90));
    const stayed = [reading(0), reading(150, ["a"]), reading(2500, ["a"], { moment: "look" })];
    expect(of([...calls, ...stayed])).not.toBeNull();
    expect(of([...calls, ...stayed], { value: null, source: "none" })).toBeNull();
  });

  it("is no time at all when the first look finds all of it", () => {
    expect(of([...LOCKED, ...looks(5, LOCKED_END, [3])])).toEqual({ round: 1, recovered: true, fromMs: 0, toMs: 2000 });
  });

  it("is counted from the last call that was let in, be it one of a look", () => {
    const some = [...LOCKED, ...looks(5, LOCKED_END, [2, 2, 2, 2, 2, 2])];
    expect(of(some)).toEqual({ round: 1, recovered: false, fromMs: 24_000, toMs: null });
  });

  it("goes on only while it is surely missing: calls without an answer may have found it", () => {
    const look = { phase: "look", lookMs: 5000 } as const;
    const atMs = LOCKED_END + 5000;
    const open = [6, 7, 8].map((n) => call(n, atMs, atMs + 90, { ...look, ending: "timeout", status: null }));
    const events = [...LOCKED, ...looks(5, LOCKED_END, ["refused"]), ...open, refused(9, atMs, atMs + 20, look)];
    expect(of(events)).toMatchObject({ recovered: false, fromMs: 2000 });
  });
});

describe("evidence", () => {
  it("names the calls and the slots it refers to, and none where there are none", () => {
    expect(callEvidence("refused", [])).toEqual({ kind: "calls", text: "refused", calls: [], slots: [] });
    expect(callEvidence("refused", [call(4, 0, 1)])).toMatchObject({ text: "refused (call 4)", calls: [4] });
    expect(redisEvidence("there", [{ id: "a" }])).toMatchObject({ kind: "slots", slots: ["a"] });
    expect(redisEvidence("there")).toMatchObject({ kind: "counter", slots: [] });
  });
});

describe("an analysis", () => {
  it("says what the judge, the proof and the recovery say each by itself", () => {
    const events = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])];
    const { verdict, proven, recovery, limit } = analyse(FACTS, events);
    expect(verdict).toEqual(judge(FACTS, events));
    expect(proven).toEqual(proofOf(FACTS, events));
    expect(recovery).toMatchObject({ round: 1, recovered: true });
    expect(limit).toEqual(FACTS.known);
    expect(analyse(FACTS, burst(1, 100, 3, 1, { firstByteMs: 200 })).peak.map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it("works out the rounds that lacked room once, however many rules ask", () => {
    const observations = observe(FACTS, [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])]);
    expect(recoveries(observations)).toHaveLength(1);
    expect(recoveries(observations)).toBe(recoveries(observations));
    expect(lags(observations)).toBe(lags(observations));
  });
});
