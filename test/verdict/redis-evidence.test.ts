import { describe, expect, it } from "vitest";
import type { CallRecord, SlotReading } from "../../src/verdict/events.js";
import { seconds } from "../../src/verdict/findings/candidate.js";
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
  OVER,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

const UNKNOWN = { known: { value: null, source: "none" } } as const;

describe("what Redis shows", () => {
  const zero = (atMs: number, rest: Partial<SlotReading> = {}) => reading(atMs, [], rest);

  it("of a counter that died with its window counts when it held something and was to die", () => {
    const rolled = (held: number, ttlMs: number) => [...HEALTHY, zero(0), counter(2600, held, { ttlMs }), zero(3100)];
    expect(doubtIds(verdictOf(rolled(1, 1)))).toContain("window-rolled");
    expect(doubtIds(verdictOf(rolled(1, 0)))).not.toContain("window-rolled");
    expect(doubtIds(verdictOf(rolled(1, -1)))).not.toContain("window-rolled");
    expect(doubtIds(verdictOf(rolled(0, 900)))).not.toContain("window-rolled");
  });

  it("of slots that came back with a window's end may be their end, which is no late return", () => {
    const calls = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])];
    const seen = [
      zero(0),
      counter(350, 3, { ttlMs: 3000 }),
      counter(2500, 3, { ttlMs: 900, moment: "look" }),
      zero(5410, { moment: "look" }),
      zero(6500),
    ];
    expect(short(verdictOf([...calls, ...seen]))).toBe("inconclusive slow-release");
    expect(doubt([...calls, ...seen], "window-rolled")).toMatchObject({ explains: true });
  });

  it("of a full counter is a sticky lock when it has an expiry, and somebody was refused", () => {
    const full = (ttlMs: number, calls: readonly CallRecord[]) =>
      doubtIds(
        verdictOf([
          ...calls,
          counter(0, 3, { ttlMs, moment: "before" }),
          counter(24_200, 3, { ttlMs, moment: "look" }),
        ]),
      );
    expect(full(1, [refused(1, 100, 120)])).toContain("sticky-lock");
    expect(full(0, [refused(1, 100, 120)])).not.toContain("sticky-lock");
    expect(full(1, [call(1, 100, 120)])).not.toContain("sticky-lock");
    expect(full(1, [refused(1, 100, 120), call(2, 200, 220)])).toContain("sticky-lock");
  });

  it("is another's where nothing of ours is in it: no key, no requests, no tokens", () => {
    const other = (rest: Partial<SlotReading>) =>
      doubtIds(verdictOf([...HEALTHY, zero(0), zero(150, rest), zero(3500)]));
    expect(other({})).toContain("other-redis");
    expect(other({ requests: 1 })).not.toContain("other-redis");
    expect(other({ tokens: 1 })).not.toContain("other-redis");
  });

  it("counts to the end of the last call", () => {
    const until = (atMs: number) => doubtIds(verdictOf([...HEALTHY, zero(0), reading(150, ["a"]), zero(atMs)]));
    expect(until(3000)).not.toContain("redis-lost");
    expect(until(2999)).toContain("redis-lost");
  });

  it("of a key that the release cannot use is named with it", () => {
    const keyed = (version: string | null, type: string) =>
      doubtIds(
        verdictOf([
          ...HEALTHY.map((one, at) => ({ ...one, version: at === 0 ? null : version })),
          zero(0),
          reading(150, ["a"], { type }),
          zero(3100),
        ]),
      );
    expect(keyed("1.94.0", "string")).toContain("wrong-type");
    expect(keyed("1.94.0", "zset")).not.toContain("wrong-type");
    expect(keyed("1.93.9", "zset")).toContain("wrong-type");
    expect(keyed(null, "string")).not.toContain("wrong-type");
    const wrong = [
      ...OVER,
      reading(0),
      reading(40_200, [], { type: "string", value: "0" }),
      reading(42_000, [], { type: "string", value: "0" }),
    ];
    expect(doubt(wrong, "per-process")?.text).toContain("Redis counted none of them");
  });

  it("blames a worker's memory only for refusals that Redis contradicts", () => {
    const lone = [...HEALTHY, refused(9, 6000, 6020), refused(10, 9000, 9020)];
    expect(doubtIds(verdictOf(lone, { exclusive: true }))).not.toContain("worker-memory");
  });
});

describe("others that refuse", () => {
  const throttled = (count: number) =>
    HEALTHY.map((one, at) =>
      at < count && one.ending === "completed"
        ? {
            ...one,
            ending: "refused" as const,
            status: 429,
            rejection: { source: "provider" as const, limit: null, scope: null, limiter: null, message: "no" },
          }
        : one,
    );

  it("hide the limiter when they are more than half of the calls", () => {
    expect(verdictOf(throttled(4)).status).toBe("healthy");
    expect(verdictOf(throttled(5)).status).toBe("inconclusive");
  });

  it("are not named for calls that the provider was to refuse", () => {
    const events = throttled(8);
    expect(doubtIds(verdictOf(events, { ending: "refused by the provider" }))).toEqual([]);
  });

  it("of the oldest kind are named by their refusals alone", () => {
    const minute = (rest: Partial<CallRecord>) =>
      HEALTHY.map((one) =>
        one.rejection ? { ...one, ...rest, rejection: { ...one.rejection, limiter: "minute" as const } } : one,
      );
    expect(doubtIds(verdictOf(minute({})))).toContain("minute-limiter");
    const rate = minute({}).map((one) =>
      one.rejection ? { ...one, rejection: { ...one.rejection, source: "rate-limit" as const } } : one,
    );
    expect(doubtIds(verdictOf(rate))).not.toContain("minute-limiter");
  });
});

describe("a key that was full when we came", () => {
  const first = refused(1, 100, 120);

  it("stands still when the same slots fill it from before to the end, and no fewer", () => {
    const at = (before: string[], last: string[], rest: Partial<SlotReading> = {}) =>
      short(verdictOf([first, reading(0, before), reading(24_200, last, { moment: "look", ...rest })]));
    const full = ["a", "b", "c"];
    expect(at(full, full)).toBe("finding leak");
    expect(at([...full, "d"], [...full, "d"])).toBe("finding leak");
    expect(at(full, ["b", "c", "d"])).toBe("inconclusive");
    expect(at(["a", "b"], full)).not.toContain("finding");
    expect(at(full, ["a", "b"])).not.toContain("finding");
  });

  it("is not known to stand still where it changed its type", () => {
    const changed = [reading(0, ["a", "b", "c"]), counter(24_200, 3, { moment: "look" })];
    expect(short(verdictOf([first, ...changed]))).toBe("inconclusive");
  });

  it("is a leak by the operator's word also where Redis shows it move", () => {
    const moving = [counter(0, 9), counter(24_200, 3, { moment: "look" })];
    expect(short(verdictOf([first, ...moving]))).toBe("inconclusive");
    expect(short(verdictOf([first, ...moving], { exclusive: true }))).toBe("finding leak");
  });

  it("is not blamed on our calls by what Redis shows beside it", () => {
    const calls = [...LOCKED, ...looks(5, LOCKED_END, NEVER)];
    const empty = [reading(0), reading(150, ["a"]), reading(1000), reading(24_500, [], { moment: "look" })];
    expect(verdictOf([...calls, ...empty]).findings.map(({ kind }) => kind)).not.toContain("leak");
  });
});

describe("words", () => {
  it("round to tenths of a second", () => {
    expect([seconds(0), seconds(49), seconds(50), seconds(2350)]).toEqual(["0.0 s", "0.0 s", "0.1 s", "2.4 s"]);
  });

  it("show late slots by the first look that found them missing for so long", () => {
    const look = (first: number, atMs: number, admitted: number) =>
      burst(first, atMs, admitted, 4 - admitted, { phase: "look", lookMs: atMs - LOCKED_END });
    const late = verdictOf([...LOCKED, ...look(5, 2420, 2), ...look(9, 4920, 2), ...look(13, 8000, 3)]);
    expect(short(late)).toBe("finding slow-release");
    expect(late.findings[0]?.evidence[0]?.calls).toEqual([7, 8]);
  });

  it("say when late slots came back: by one moment, or between two", () => {
    const late = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])];
    expect(verdictOf(late).findings[0]?.evidence[0]).toMatchObject({ kind: "calls", calls: [5] });
    const seen = [
      reading(0),
      reading(150, ["a"]),
      reading(2500, ["a"], { moment: "look" }),
      reading(5500, [], { moment: "look" }),
    ];
    const verdict = verdictOf([...HEALTHY.slice(0, 4), ...seen], { bursts: false });
    expect(short(verdict)).toBe("finding slow-release");
    expect(verdict.findings[0]?.evidence[0]).toMatchObject({
      kind: "counter",
      calls: [],
      text: "Redis still held slots of ours 2.0 s after the end",
    });
  });
});

describe("a sticky lock", () => {
  const full = (atMs: number, held: number) =>
    counter(atMs, held, { ttlMs: 60_000, moment: atMs === 0 ? "before" : "look" });

  it("is named only where the counter was full all the time", () => {
    const first = refused(1, 100, 120);
    expect(doubtIds(verdictOf([first, full(0, 3), full(24_200, 3)]))).toContain("sticky-lock");
    expect(doubtIds(verdictOf([first, full(0, 3), full(24_200, 2)]))).not.toContain("sticky-lock");
  });
});

describe("what Redis shows beside the calls", () => {
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
