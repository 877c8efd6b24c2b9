import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import {
  burst,
  call,
  doubt,
  doubtIds,
  FACTS,
  HEALTHY,
  LOCKED,
  LOCKED_END,
  looks,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

const ofLimit = (one: CallRecord, limit: number): CallRecord =>
  one.rejection ? { ...one, rejection: { ...one.rejection, limit } } : one;
const LIMIT_1 = { known: { value: 1, source: "flag" as const } };
const of1 = (one: CallRecord): CallRecord =>
  one.rejection ? { ...one, rejection: { ...one.rejection, limit: 1 } } : one;
const load = (n: number, sentMs: number, endedMs: number, rest: Partial<CallRecord> = {}) =>
  call(n, sentMs, endedMs, { phase: "load", firstByteMs: sentMs + 10, ...rest });
const no = (n: number, sentMs: number, rest: Partial<CallRecord> = {}) =>
  refused(n, sentMs, sentMs + 10, { phase: "load", ...rest });
const END = burst(9, 4100, 3, 1);

describe("slots that Redis held before our first call", () => {
  const old = (atMs: number, rest = {}) => reading(atMs, ["old"], rest);

  it("may be the reason why slots seemed late", () => {
    const calls = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])];
    const verdict = verdictOf([...calls, old(0), old(150), old(6000)]);
    expect(short(verdict)).toBe("inconclusive slow-release");
    expect(doubtIds(verdict)).toContain("held-before");
  });

  it("are not named when they were read after our first call had begun: they may be its own", () => {
    const late = (atMs: number) => [old(atMs, { moment: "before" }), reading(3100)];
    expect(doubtIds(verdictOf([...HEALTHY, ...late(101)]))).not.toContain("held-before");
    expect(doubtIds(verdictOf([...HEALTHY, ...late(100)]))).toContain("held-before");
  });

  it("are no excuse for slots that our own calls left", () => {
    const calls = [call(1, 100, 190), call(2, 200, 290)];
    const seen = [old(0), reading(150, ["old", "a"]), reading(24_290, ["old", "a"], { moment: "look" })];
    expect(short(verdictOf([...calls, ...seen]))).toBe("finding leak");
  });
});

describe("slow release", () => {
  it.each([
    [["refused", 3] as const, "between 2.0 s and 5.0 s"],
    [["refused", "refused", 3] as const, "between 5.0 s and 10.0 s"],
    [["refused", "refused", "refused", "refused", 3] as const, "between 16.0 s and 24.0 s"],
  ])("is found with its interval when the room is back at look %j", (rooms, interval) => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, rooms)]);
    expect(short(verdict)).toBe("finding slow-release");
    expect(verdict.findings[0]?.proof).toContain(interval);
  });

  it("is only noted when the room is back at the first look", () => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, [3])]);
    expect(verdict.findings).toEqual([]);
    expect(doubtIds(verdict)).toContain("late-release");
    expect(verdict.status).toBe("healthy");
  });

  it("is told by single calls where no burst was asked for", () => {
    const scouts = (at: number[]) =>
      looks(5, LOCKED_END, ["refused", "refused", "refused"]).map((one, n) =>
        at.includes(n) ? call(one.n, one.sentMs, one.endedMs, { phase: "look", lookMs: one.lookMs }) : one,
      );
    expect(short(verdictOf([...LOCKED, ...scouts([2])], { bursts: false }))).toBe("finding slow-release");
    expect(short(verdictOf([...LOCKED, ...scouts([0]).slice(0, 1)], { bursts: false }))).toBe("healthy");
    expect(verdictOf([...LOCKED, ...scouts([2])]).status).toBe("inconclusive");
  });

  it("goes by the allowed lag", () => {
    const calls = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])];
    expect(short(verdictOf(calls, { maxLagMs: 4000 }))).not.toContain("slow-release");
  });

  it("looks at every round for itself", () => {
    const second = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])].map((one) => ({
      ...one,
      n: one.n + 8,
      round: 2,
      sentMs: one.sentMs + 10_000,
      endedMs: one.endedMs + 10_000,
    }));
    expect(short(verdictOf([...HEALTHY, ...second]))).toBe("finding slow-release");
  });
});

describe("slots that all come late", () => {
  const load = (n: number, sentMs: number, endedMs: number, rest: Partial<CallRecord> = {}) =>
    call(n, sentMs, endedMs, { phase: "load", firstByteMs: sentMs + 10, ...rest });
  const no = (n: number, sentMs: number, endedMs: number) => ofLimit(refused(n, sentMs, endedMs, { phase: "load" }), 2);
  const text = (...calls: CallRecord[]) =>
    doubt([...calls, ...burst(20, 9000, 2, 1).map((one) => ofLimit(one, 2))], "late-slots", {
      known: { value: 2, source: "flag" },
      exclusive: true,
    })?.text;

  it("are as late as the slowest of their refusals needs, whatever numbers the calls carry", () => {
    const overtaken = [no(3, 2310, 2600), no(4, 2510, 2520)];
    // The second had come before the last call was sent: both slots were those of the first two.
    expect(text(load(1, 0, 300), ...overtaken, load(5, 2550, 2580), load(6, 10, 100))).toContain(
      "come back 2.4 s after",
    );
  });

  it("may be held by a call that was sent as the refusal came", () => {
    expect(text(load(1, 0, 100), no(2, 2500, 2510), load(3, 2510, 2600))).toContain("come back 2.4 s after");
    expect(text(load(1, 0, 100), no(2, 2500, 2510), load(3, 2511, 2600))).toBeUndefined();
  });

  it("are not ruled out by a call that we left without a byte: nobody saw it let through", () => {
    const left = { ending: "aborted", status: null, firstByteMs: null } as const;
    const calls = (rest: Partial<CallRecord>) => [
      load(1, 0, 100),
      load(2, 0, 100),
      load(3, 300, 350, rest),
      no(4, 2800, 2810),
    ];
    expect(text(...calls(left))).toContain("come back 2.7 s after");
    expect(text(...calls({}))).toBeUndefined();
  });
});

describe("slots that all come late, in a load", () => {
  // The limit is one; a call ends at 100, one is refused at 2500, and from 4000 on all is well.
  const story = (admittedMs: number) =>
    [load(1, 0, 100), no(2, 2500), load(3, admittedMs, admittedMs + 50), ...burst(4, 8000, 1, 1)].map(of1);
  const judged = (admittedMs: number) => verdictOf(story(admittedMs), { ...LIMIT_1, exclusive: true });

  it("look like a refusal with room, while no call that was let through speaks against it", () => {
    expect(short(judged(2600))).toBe("inconclusive false-rejection");
    expect(doubtIds(judged(2600))).toContain("late-slots");
  });

  it("are ruled out by a call that was let through sooner", () => {
    const sooner = [load(1, 0, 100), load(2, 300, 350), no(3, 2800), ...burst(4, 8000, 1, 1)].map(of1);
    const verdict = verdictOf(sooner, { ...LIMIT_1, exclusive: true });
    expect(short(verdict)).toBe("finding false-rejection");
    expect(doubtIds(verdict)).not.toContain("late-slots");
  });

  it("are ruled out where fewer calls than the limit had been made, or longer ago than slots are waited for", () => {
    const verdict = (events: CallRecord[]) => verdictOf(events, { exclusive: true });
    const few = [load(1, 0, 100), load(2, 0, 100), no(3, 2500), ...END];
    expect(doubtIds(verdict(few))).not.toContain("late-slots");
    const long = (ms: number) => [load(1, 0, 100), no(2, ms), ...burst(3, ms + 3000, 1, 1)].map(of1);
    const conclusive = (ms: number) => doubtIds(verdictOf(long(ms), { ...LIMIT_1, exclusive: true }));
    expect(conclusive(100 + FACTS.settleMs)).toContain("late-slots");
    expect(conclusive(101 + FACTS.settleMs)).not.toContain("late-slots");
  });
});
