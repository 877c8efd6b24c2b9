import { describe, expect, it } from "vitest";
import { ABANDONED_MS, remainingLifetimeMs } from "../../src/verdict/call-lifetime.js";
import { wantedEndings } from "../../src/verdict/endings.js";
import type { CallRecord, ProbeEvent } from "../../src/verdict/events.js";
import { analyse } from "../../src/verdict/index.js";
import type { RunSpec } from "../../src/verdict/observations.js";
import {
  burst,
  call,
  doubt,
  doubtIds,
  FACTS,
  HEALTHY,
  LEAK,
  LOCKED,
  LOCKED_END,
  looks,
  NEVER,
  OVER,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

const left = (n: number, rest: Partial<CallRecord> = {}) =>
  call(n, n * 100, n * 100 + 90, { ending: "aborted", firstByteMs: null, status: null, ...rest });

describe("how long a call may live on in the proxy", () => {
  const seen = (rest: Partial<CallRecord>) =>
    remainingLifetimeMs(call(1, 0, 90, { ending: "aborted", firstByteMs: 10, events: 2, ...rest }), 100);
  it("is not at all when its answer came to an end, ten minutes when nothing of it was seen, else twice its rest at the pace seen", () => {
    expect(ABANDONED_MS).toBe(610_000);
    expect(seen({ ending: "completed" })).toBe(0);
    expect(seen({ firstByteMs: null })).toBe(610_000);
    expect(seen({ events: 0 })).toBe(610_000);
    expect(seen({})).toBe(8000);
    expect(seen({ events: 100 })).toBe(2000);
  });
});

describe("the endings that a run asks for", () => {
  it.each([
    ["completed", ["completed"]],
    ["aborted after 3 content events", ["aborted", "completed"]],
    ["failed by the provider", ["failed"]],
    ["refused by the provider", ["refused"]],
    ["cut by the provider", ["cut", "broken", "failed", "completed"]],
  ])("of calls that were to be %s", (ending, wanted) => {
    expect(wantedEndings(ending)).toEqual(wanted);
  });
});

describe("how long the room took to come back", () => {
  const second = (calls: readonly CallRecord[]) =>
    calls.map((one) => ({
      ...one,
      n: one.n + 20,
      round: 2,
      sentMs: one.sentMs + 60_000,
      endedMs: one.endedMs + 60_000,
    }));
  const of = (events: readonly ProbeEvent[], facts: Partial<RunSpec> = {}) =>
    analyse({ ...FACTS, ...facts }, events).recovery;
  const quick = [...LOCKED, ...looks(5, LOCKED_END, [3])];
  const slow = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])];

  it("is nobody's to say without trouble, or without a limit", () => {
    expect(of(HEALTHY)).toBeNull();
    expect(
      of(
        LEAK.map((one) => ({ ...one, rejection: null })),
        { known: { value: null, source: "none" } },
      ),
    ).toBeNull();
  });

  it("is that of the slowest round", () => {
    const slowest = { recovered: true, fromMs: 2000, toMs: 5000 };
    expect(of(slow)).toEqual({ round: 1, ...slowest });
    expect(of([...slow, ...second(quick)])).toEqual({ round: 1, ...slowest });
    expect(of([...quick, ...second(slow)])).toEqual({ round: 2, ...slowest });
    expect(of([...slow, ...second(slow)])).toEqual({ round: 1, ...slowest });
  });

  it("has no end in the first round that did not recover", () => {
    const never = { recovered: false, toMs: null };
    expect(of(LEAK)).toEqual({ round: 1, fromMs: 24_000, ...never });
    expect(of(LOCKED)).toEqual({ round: 1, fromMs: 0, ...never });
    expect(of([...quick, ...second(LEAK)])).toEqual({ round: 2, fromMs: 24_000, ...never });
    expect(of([...LOCKED, ...second(LEAK)])).toEqual({ round: 1, fromMs: 0, ...never });
  });
});

describe("calls that we left", () => {
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

describe("too many at once", () => {
  it("leave no doubt whether they overlapped", () => {
    expect(verdictOf(OVER)).toMatchObject({ status: "finding", doubts: [] });
    expect(doubtIds(verdictOf([...HEALTHY, ...OVER]))).toEqual([]);
  });

  it("are counted over the limit's end of the run, not over a limit that nobody knows", () => {
    expect(doubtIds(verdictOf(OVER, { known: { value: null, source: "none" } }))).toEqual(["no-limit"]);
  });

  it("may be those of a look", () => {
    const brief = [1, 2, 3, 4].map((n) => call(n + 8, 9000, 9050, { phase: "look", lookMs: 2000 }));
    expect(doubtIds(verdictOf([...HEALTHY, ...brief]))).toContain("no-overlap");
  });

  it("are told by calls that were let through, each from its first byte to its last", () => {
    const failed = OVER.map((one, at) =>
      at === 0 ? { ...one, ending: "refused" as const, status: 429, rejection: refused(1, 0, 1).rejection } : one,
    );
    expect(verdictOf(failed).findings).toEqual([]);
    expect(verdictOf(OVER.map((one, at) => (at === 0 ? { ...one, lastByteMs: null } : one))).findings).toEqual([]);
    const turns = [0, 1].flatMap((turn) =>
      OVER.slice(0, 2).map((one, at) =>
        call(2 * turn + at + 1, 0, 0, {
          ...one,
          n: 2 * turn + at + 1,
          firstByteMs: turn * 1000,
          lastByteMs: turn * 1000 + 900,
        }),
      ),
    );
    expect(verdictOf(turns).findings).toEqual([]);
    const evidence = verdictOf([...turns, ...OVER]).findings[0]?.evidence[0]?.calls;
    expect(evidence).toEqual([21, 22, 23, 24]);
  });
});

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
