import { describe, expect, it } from "vitest";
import type { CallRecord, SlotReading } from "../../src/verdict/events.js";
import {
  burst,
  call,
  counter,
  doubt,
  doubtIds,
  HEALTHY,
  looks,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

describe("somebody else's calls are seen", () => {
  const two = [call(1, 100, 190), call(2, 300, 390)];
  it.each([
    ["when slots appear that no call of ours can have made", [reading(0), reading(150, ["a", "x"]), reading(400)]],
    [
      "when slots appear while none of ours runs",
      [reading(0), reading(150, ["a"]), reading(200), reading(250, ["x"]), reading(400)],
    ],
    ["when slots from before are gone at once", [reading(0, ["x"]), reading(150), reading(400)]],
    ["when slots from before are given back", [reading(0, ["x"]), reading(150, ["x", "a"]), reading(400)]],
    ["when a slot appears just after ours ended", [reading(0), reading(191), reading(250, ["x"]), reading(400)]],
    [
      "when requests rise by more than ours since they were read, whatever we had sent before that",
      [reading(191, [], { moment: "before" }), reading(400, [], { requests: 2 })],
    ],
    [
      "when requests rise by more than ours",
      [reading(0), reading(50, [], { requests: 1 }), reading(400, [], { requests: 3 })],
    ],
    ["when the counter rises by more than ours", [reading(0), counter(150, 2), counter(400, 0)]],
    [
      "when the counter rises while none of ours runs",
      [reading(0), counter(150, 1), counter(200, 0), counter(250, 1), counter(400, 0)],
    ],
  ])("%s", (_what, readings) => {
    expect(doubtIds(verdictOf([...two, ...readings]))).toContain("foreign-traffic");
  });

  it.each([
    ["slots of ours come and go", [reading(0), reading(150, ["a"]), reading(200), reading(350, ["b"]), reading(400)]],
    ["a slot appears as ours ends", [reading(0), reading(190), reading(250, ["a"]), reading(400)]],
    [
      "slots of ours go while those from before stay",
      [reading(0, ["x"]), reading(150, ["x", "a"]), reading(400, ["x"])],
    ],
    [
      "requests rise by the call that ended as they were read",
      [reading(190, [], { moment: "before" }), reading(400, [], { requests: 2 })],
    ],
    [
      "requests stand still",
      [reading(0), reading(150, [], { requests: 1 }), reading(200, [], { requests: 1 }), reading(400)],
    ],
    ["requests rise with ours", [reading(0), reading(150, [], { requests: 1 }), reading(400, [], { requests: 2 })]],
    [
      "requests fall with their window",
      [reading(0, [], { requests: 50 }), reading(150, ["a"], { requests: 1 }), reading(400, [], { requests: 2 })],
    ],
    [
      "the counter goes up and down with ours",
      [reading(0), counter(150, 1), counter(200, 0), counter(350, 1), counter(400, 0)],
    ],
  ])("not when %s", (_what, readings) => {
    expect(doubtIds(verdictOf([...two, ...readings]))).not.toContain("foreign-traffic");
  });

  describe("and told from calls that we left before any answer, which a busy proxy lets through later", () => {
    const left = [call(1, 100, 200, { ending: "aborted", status: null, headersMs: null, firstByteMs: null })];
    const of = (...readings: SlotReading[]) => doubtIds(verdictOf([...left, ...readings]));
    it.each([
      ["a slot", [reading(0), reading(210), reading(900, ["a"])]],
      ["a slot after five seconds", [reading(0), reading(5200), reading(5300, ["a"])]],
      ["a step of the counter", [reading(0), reading(210), counter(900, 1)]],
    ])("%s", (_what, readings) => expect(of(...readings)).not.toContain("foreign-traffic"));

    it.each([
      ["two slots", [reading(0), reading(210), reading(900, ["a", "x"])]],
      ["a second slot", [reading(0), reading(210, ["a"]), reading(900, ["a", "x"])]],
      ["a slot much later", [reading(0), reading(210), reading(5201), reading(5300, ["x"])]],
      ["two steps of the counter", [reading(0), reading(210), counter(900, 2)]],
    ])("but not %s", (_what, readings) => expect(of(...readings)).toContain("foreign-traffic"));
  });

  it("and take back a leak that they could be", () => {
    const three = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90));
    const seen = [
      reading(0),
      reading(150, ["a", "x"]),
      reading(350, ["a", "x"]),
      reading(24_390, ["a", "x"], { moment: "look" }),
    ];
    expect(short(verdictOf([...three, ...seen]))).toBe("inconclusive leak");
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
