import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import type { RunSpec } from "../../src/verdict/observations.js";
import {
  burst,
  call,
  counter,
  doubt,
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

const ofLimit = (one: CallRecord, limit: number): CallRecord =>
  one.rejection ? { ...one, rejection: { ...one.rejection, limit } } : one;
const UNKNOWN = { known: { value: null, source: "none" } } as const;

describe("a server that is no LiteLLM, and refuses without a word", () => {
  const PLAIN = { litellm: false, known: { value: 3, source: "flag" } } as const;
  const plain = (calls: readonly CallRecord[]): CallRecord[] =>
    calls.map((one) => ({
      ...one,
      version: null,
      ...(one.rejection && {
        rejection: { ...one.rejection, source: "unnamed", scope: null, limiter: null, message: "busy" },
      }),
    }));
  const unnamed = (calls: readonly CallRecord[], facts: Partial<RunSpec> = {}) =>
    doubt(plain(calls), "unnamed-refusal", { ...PLAIN, ...facts });

  it("has said all that it says where nobody knows the limit", () => {
    expect(unnamed(HEALTHY, UNKNOWN)?.text).toBe("the refusals do not say which limit they are of (429 busy)");
  });

  it("may be down where it let nothing through, which explains a leak and is no healthy limiter", () => {
    const down = [refused(1, 100, 120), ...looks(2, 120, NEVER)];
    expect(unnamed(down, { exclusive: true })).toMatchObject({ explains: true });
    expect(unnamed(down, { exclusive: true })?.text).toContain("perhaps the server is down");
    expect(short(verdictOf(plain(down), { ...PLAIN, exclusive: true }))).toBe("inconclusive leak");
    expect(unnamed([refused(1, 100, 120)])).toMatchObject({ explains: true });
    expect(unnamed(LOCKED)?.text).not.toContain("perhaps the server is down");
  });

  it("may have refused by a rate, which is told from a leak by waiting longer, and blocks where nothing was found", () => {
    const text = /a limit of requests over time would look the same/;
    const leak = unnamed([...LOCKED, ...looks(5, LOCKED_END, NEVER)]);
    expect(leak?.text).toMatch(text);
    expect(leak?.text).toContain("--settle 4m tells them apart");
    expect(leak).toMatchObject({ explains: true });
    const over = [1, 2, 3, 4].map((n) => call(n + 20, 41_000, 42_000, { phase: "burst", firstByteMs: 41_100 }));
    const both = unnamed([...LOCKED, ...looks(5, LOCKED_END, NEVER), ...over.map((one) => ({ ...one, round: 2 }))]);
    expect(both?.text).toContain("--settle 4m tells them apart");
    const early = [...LOCKED, ...looks(5, LOCKED_END, [3])];
    expect(unnamed(early)?.text).toMatch(text);
    expect(unnamed(early)?.text).not.toContain("--settle");
    expect(short(verdictOf(plain(early), PLAIN))).toBe("inconclusive");
  });
});

describe("a limit that nobody told", () => {
  const said = (calls: readonly CallRecord[]) => {
    const mute = calls.map((one) => (one.rejection ? { ...one, rejection: { ...one.rejection, limit: null } } : one));
    return doubt(mute, "no-limit", UNKNOWN)?.text;
  };
  const plain = "; give it with --limit, or probe a key that has one";

  it.each([
    [
      "a burst of which some were refused: it may be that",
      HEALTHY,
      "; of 4 at once 3 were let through: if that is it, --limit 3",
    ],
    [
      "a burst of which one was let through",
      burst(1, 0, 1, 3),
      "; of 4 at once 1 were let through: if that is it, --limit 1",
    ],
    ["a burst of which none was refused", burst(1, 0, 4, 0), `, 4 of them at once${plain}`],
    ["a burst of which all were", burst(1, 0, 0, 4), `, 4 of them at once${plain}`],
    ["calls in turn, and none at once", LOCKED, plain],
    ["a burst of a later round, in which slots may be missing", burst(1, 0, 2, 2, { round: 2 }), plain],
  ])("is guessed by %s", (_what, calls, words) => {
    expect(said(calls)).toBe(`no limit was found after ${calls.length} calls${words}`);
  });

  it("and that changed tells nothing of a healthy limiter", () => {
    const changed = HEALTHY.map((one) => (one.n === 1 ? { ...one, limitHeader: 5 } : one));
    expect(short(verdictOf(changed))).toBe("inconclusive");
    expect(doubt(changed, "limit-changed")).toMatchObject({ explains: true });
  });
});

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

describe("too few calls to see a leak without Redis", () => {
  it("are enough where Redis was read, be it once", () => {
    const few = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90));
    const once = reading(400, ["a"]);
    expect(doubtIds(verdictOf(few, { bursts: false }))).toContain("too-few-calls");
    expect(doubtIds(verdictOf([...few, once], { bursts: false }))).not.toContain("too-few-calls");
  });
});

describe("room that was missing for a moment", () => {
  const shift = (calls: readonly CallRecord[], round: number) =>
    calls.map((one) => ({
      ...one,
      n: one.n + 20 * round,
      round,
      sentMs: one.sentMs + 60_000 * round,
      endedMs: one.endedMs + 60_000 * round,
    }));
  const early = [...HEALTHY.slice(0, 4), ...burst(5, 2000, 2, 2), ...looks(9, 2500, [3])];

  it("is that of others where the first call found none, and else a late return, whichever call it was", () => {
    const before = verdictOf([refused(1, 100, 120), ...looks(2, 120, [3])]);
    expect(doubtIds(before)).toEqual(["full-before"]);
    const group = [refused(1, 0, 20), call(2, 0, 500), call(3, 0, 500), refused(4, 0, 20)];
    const beside = verdictOf([...group.map((one) => ({ ...one, phase: "burst" as const })), ...looks(5, 500, [3])]);
    expect(doubtIds(beside)).toContain("late-release");
    const all = [1, 2, 3, 4].map((n) => refused(n, 0, 20, { phase: "burst" }));
    const full = verdictOf([...all, ...looks(5, 20, [3])]);
    expect(short(full)).toBe("healthy");
    expect(doubtIds(full)).toEqual(["full-before"]);
    const first = shift([refused(1, 100, 120), ...looks(2, 120, [3])], 0);
    const text = "the key was full for a moment before our first call";
    expect(doubt([...first, ...shift(early, 1)], "full-before")?.text).toBe(text);
  });

  it("is no healthy limiter where it was missing before our first call and did not come back", () => {
    const never = [refused(1, 100, 120), ...looks(2, 120, ["refused"])];
    expect(doubt(never, "full-before")).toMatchObject({ explains: true });
  });

  it("is told by the first round in which it was late, and else by the first", () => {
    const late = (ms: number) => [...HEALTHY.slice(0, 4), ...burst(5, 490 + ms, 2, 2), ...looks(9, 990 + ms, [3])];
    const text = (...rounds: (readonly CallRecord[])[]) =>
      doubt(
        rounds.flatMap((calls, at) => shift(calls, at + 1)),
        "late-release",
      )?.text;
    expect(text(early, early)).toContain("for a moment in round 1");
    expect(text(early, late(2000), late(2000))).toContain("2.0 s after our calls had ended in round 2");
    expect(text(early, late(1999))).toContain("for a moment in round 1");
  });
});

describe("processes that count alone", () => {
  const over = (count: number, limit: number) => [
    ...Array.from({ length: count }, (_, at) => call(at + 1, 0, 1000, { phase: "burst", firstByteMs: 10 })),
    ofLimit(refused(9, 100, 120), limit),
  ];
  const of = (value: number | null) => ({ known: { value, source: "flag" as const } });

  it("may each have a limit of one, but neither one of none nor one that nobody knows", () => {
    expect(doubt(over(2, 1), "per-process", of(1))?.text).toContain("2 processes of the proxy count alone");
    const nothing = [reading(-10, [], { moment: "before" }), reading(1100)];
    const admitted = (value: number | null) => doubtIds(verdictOf([...over(2, 1).slice(0, 2), ...nothing], of(value)));
    expect(admitted(1)).toContain("per-process");
    expect(admitted(0)).not.toContain("per-process");
    expect(admitted(null)).not.toContain("per-process");
  });

  it("are told by the first version that an answer named", () => {
    const mixed = HEALTHY.map((one) => ({ ...one, version: one.n === 1 ? "1.93.9" : "1.95.0" }));
    const seen = [reading(0), reading(150, ["a"]), reading(3100)];
    expect(doubt([...mixed, ...seen], "wrong-type")?.text).toContain("LiteLLM 1.93.9");
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

describe("what Redis shows", () => {
  it("of a full counter is a lock also where it was read only once", () => {
    expect(doubtIds(verdictOf([refused(1, 100, 120), counter(200, 3, { ttlMs: 60_000 })]))).toContain("sticky-lock");
  });

  it("of a sticky lock tells how long the counter lives without a call: its window, not a minute", () => {
    const verdict = verdictOf([
      refused(1, 100, 120),
      counter(200, 3, { ttlMs: 224_000 }),
      counter(300, 3, { ttlMs: 299_001 }),
      counter(400, 3, { ttlMs: 290_000 }),
    ]);
    expect(verdict.doubts.find(({ id }) => id === "sticky-lock")?.text).toMatch(/: 300 s without any call free it;/);
  });

  it("of a counter that dies counts by the order of the readings", () => {
    const dying = [reading(0), counter(150, 0, { ttlMs: 900 }), reading(1200), counter(2600, 1, { ttlMs: 900 })];
    expect(doubtIds(verdictOf([...HEALTHY, ...dying, counter(3100, 1, { ttlMs: 400 })]))).not.toContain(
      "window-rolled",
    );
  });
});

describe("a counter below zero", () => {
  it("tells how many more it lets in at its lowest, and what would show them", () => {
    const fell = [...HEALTHY, reading(0), counter(250, -2), counter(3100, -1)];
    expect(doubt(fell, "below-zero")?.text).toMatch(
      /fell to -2: .* so 5 calls may run at once on a limit of 3; .*--stream/,
    );
  });

  it("tells nothing where nobody knows the limit", () => {
    const calls = HEALTHY.filter(({ ending }) => ending === "completed");
    expect(doubt([...calls, reading(0), counter(250, -2), counter(3100, -2)], "below-zero", UNKNOWN)).toBeUndefined();
  });
});

it("a call that we interrupted did not fail", () => {
  const cut = call(20, 8000, 8100, { ending: "interrupted" });
  expect(doubtIds(verdictOf([...HEALTHY, cut], { stopped: "interrupted" }))).toEqual(["cut-short"]);
});
