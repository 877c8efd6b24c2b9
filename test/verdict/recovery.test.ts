import { describe, expect, it } from "vitest";
import type { CallRecord, ProbeEvent } from "../../src/verdict/events.js";
import { analyse } from "../../src/verdict/index.js";
import type { RunSpec } from "../../src/verdict/observations.js";
import { burst, call, FACTS, HEALTHY, LEAK, LOCKED, LOCKED_END, looks, reading, verdictOf } from "../support/events.js";

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
