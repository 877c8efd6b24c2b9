import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import { proofOf } from "../../src/verdict/index.js";
import { prove } from "../../src/verdict/proven.js";
import {
  burst,
  call,
  counter,
  doubtIds,
  FACTS,
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

const scoped = (calls: readonly CallRecord[], scope: string) =>
  calls.map((one) => (one.rejection ? { ...one, rejection: { ...one.rejection, scope } } : one));

describe("what stands between healthy and not", () => {
  it.each([
    ["a refusal by another's limit", scoped(HEALTHY, "team")],
    [
      "a call without any answer",
      [...HEALTHY, call(9, 4000, 4100, { ending: "broken", status: null, error: "ECONNRESET" })],
    ],
    [
      "a limit that changed",
      [
        ...HEALTHY.slice(0, 7),
        call(8, 2500, 3000, { phase: "burst", limitHeader: 9 }),
        refused(9, 2500, 2520, { phase: "burst" }),
      ],
    ],
  ])("%s", (_what, calls) => {
    expect(verdictOf(calls).status).toBe("inconclusive");
  });

  it("a key that was full for a moment before our first call does not", () => {
    const verdict = verdictOf([refused(1, 100, 120), ...looks(2, 120, [3])]);
    expect(verdict.status).toBe("healthy");
    expect(doubtIds(verdict)).toEqual(["full-before"]);
  });

  it("a key that was full for long before our first call does, whoever was late", () => {
    const verdict = verdictOf([refused(1, 100, 120), ...looks(2, 120, ["refused", "refused", 3])]);
    expect(short(verdict)).toBe("inconclusive slow-release");
  });

  it("a burst that was no larger than the limit does, but none at all does not", () => {
    expect(verdictOf(HEALTHY.slice(0, 4), { bursts: false }).status).toBe("healthy");
    expect(verdictOf(HEALTHY.slice(0, 4)).status).toBe("inconclusive");
  });
});

describe("calls one after another without Redis", () => {
  const some = (count: number) => Array.from({ length: count }, (_, at) => call(at + 1, at * 100, at * 100 + 90));

  it("show nothing while they are no more than the limit", () => {
    const few = verdictOf(some(3), { bursts: false });
    expect(few.status).toBe("inconclusive");
    expect(doubtIds(few)).toContain("too-few-calls");
    expect(verdictOf(some(4), { bursts: false }).status).toBe("healthy");
    expect(verdictOf([...some(3), reading(0), reading(50, ["a"]), reading(300)], { bursts: false }).status).toBe(
      "healthy",
    );
  });
});

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

describe("readings while the calls of a look run", () => {
  it("are not taken for slots that were left", () => {
    const calls = [...LOCKED, ...looks(5, LOCKED_END, [3])];
    const during = reading(2500, ["x", "y", "z"], { moment: "look" });
    const after = reading(3500, ["x"], { moment: "look" });
    const verdict = verdictOf([
      ...calls,
      reading(0),
      reading(150, ["a"]),
      during,
      after,
      reading(6000, [], { moment: "look" }),
    ]);
    expect(verdict.findings).toEqual([]);
  });
});

describe("readings while the calls of the next round run", () => {
  it("say nothing of the round before", () => {
    const second = [...[1, 2, 3, 4].map((n) => call(n + 8, 4000 + n * 100, 4090 + n * 100)), ...burst(13, 6500, 3, 1)];
    const rounds = [...HEALTHY, ...second.map((one) => ({ ...one, round: 2 }))];
    const seen = [reading(0), reading(150, ["a"]), reading(3050), reading(6600, ["b"]), reading(7100)];
    expect(verdictOf([...rounds, ...seen])).toEqual({ status: "healthy", findings: [], doubts: [] });
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

describe("proof for a repair", () => {
  const proof = (calls: CallRecord[], readings: ReturnType<typeof reading>[]) =>
    prove({ calls, readings, maxLagMs: 2000, settleMs: 24_000 });

  it("leaves out slots that may be of a call which lives on, however many others are over", () => {
    const calls = burst(1, 10, 2, 0);
    const mixed = [call(3, 10, 500, { ending: "aborted" }), ...calls];
    const seen = (until: number) => [reading(0), reading(100, ["a"]), reading(until, ["a"])];
    expect(proof(mixed, seen(24_600))).toBeNull();
    expect(proof(calls, seen(24_600))?.members).toHaveLength(1);
  });

  it("leaves out every slot of a time in which a call ran that may live on: which one it made nobody saw", () => {
    const two = [call(1, 10, 500, { ending: "aborted" }), call(2, 10, 500)];
    const seen = [reading(0), reading(100, ["a"]), reading(200, ["a", "b"]), reading(24_600, ["a", "b"])];
    expect(proof(two, seen)).toBeNull();
  });

  it("leaves out slots that came just after we left a call, for its admission may have been late", () => {
    const soon = (leftMs: number) => [call(1, 5, leftMs, { ending: "aborted" }), call(2, 2005, 2900)];
    const seen = [reading(0), reading(2010), reading(2100, ["a"]), reading(27_000, ["a"])];
    expect(proof(soon(10), seen)).toBeNull();
    expect(proof(soon(9), seen)?.members).toHaveLength(1);
  });

  it("is none when others use the key, by word or by sight", () => {
    const calls = [call(1, 10, 100)];
    const seen = [reading(0), reading(50, ["a"]), reading(24_100, ["a"], { moment: "look" })];
    const facts = { ...FACTS, settleMs: 24_000 };
    expect(proofOf(facts, [...calls, ...seen])?.members).toHaveLength(1);
    expect(proofOf({ ...facts, shared: true }, [...calls, ...seen])).toBeNull();
    const foreign = seen.map((one, at) => ({ ...one, requests: at * 2 }));
    expect(proofOf(facts, [...calls, ...foreign])).toBeNull();
  });

  it("is none of a value that is no number", () => {
    const calls = [call(1, 10, 100)];
    const odd = { held: null, value: "many" };
    expect(proof(calls, [reading(0), counter(2200, 1, odd), counter(24_200, 1, odd)])).toBeNull();
    expect(proof(calls, [counter(0, 0, odd), counter(2200, 1), counter(24_200, 1)])).toBeNull();
  });

  it("is none without a reading before the first call, or without any", () => {
    expect(proof([call(1, 10, 100)], [])).toBeNull();
    expect(proof([call(1, 10, 100)], [reading(20, ["a"], { moment: "calls" }), reading(25_000, ["a"])])).toBeNull();
  });
});
