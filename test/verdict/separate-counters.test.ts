import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import { burst, call, doubt, doubtIds, HEALTHY, reading, refused, short, verdictOf } from "../support/events.js";

const ofLimit = (one: CallRecord, limit: number): CallRecord =>
  one.rejection ? { ...one, rejection: { ...one.rejection, limit } } : one;
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

describe("processes that count alone, in a load", () => {
  const twice = [...[1, 2, 3, 4, 5, 6].map((n) => load(n, 0, 1000)), no(7, 100), ...burst(8, 4100, 3, 1)];

  it("are named when a multiple of the limit was admitted at once, and no more", () => {
    const verdict = verdictOf(twice);
    expect(short(verdict)).toBe("finding over-admission");
    expect(verdict.doubts.find(({ id }) => id === "per-process")).toMatchObject({
      text: "6 calls at once on a limit of 3 and no more: so it is when 2 processes of the proxy count alone; see whether they reach their Redis",
      explains: false,
    });
    expect(doubtIds(verdictOf(twice.filter(({ ending }) => ending !== "refused")))).not.toContain("per-process");
    expect(doubtIds(verdictOf(twice.slice(1)))).not.toContain("per-process");
    expect(doubtIds(verdictOf([...BUSY, ...END]))).not.toContain("per-process");
  });

  it("are named when Redis is there and counted none of the calls", () => {
    const nothing = [reading(0), reading(50), reading(4700)];
    expect(doubtIds(verdictOf([...twice.slice(1), ...nothing]))).toEqual(
      expect.arrayContaining(["other-redis", "per-process"]),
    );
    expect(doubtIds(verdictOf([...BUSY, ...END, ...nothing]))).toEqual(["other-redis"]);
  });
});
