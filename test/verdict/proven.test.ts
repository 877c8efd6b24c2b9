import { describe, expect, it } from "vitest";
import type { CallRecord, SlotReading } from "../../src/verdict/events.js";
import { prove } from "../../src/verdict/findings/proven.js";
import { proofOf } from "../../src/verdict/index.js";
import { burst, call, counter, FACTS, REDIS_AHEAD_MS, reading, refused } from "../support/events.js";

const proof = (calls: CallRecord[], readings: SlotReading[]) =>
  prove({ calls, readings, maxLagMs: 2000, settleMs: 24_000 });
const ids = (calls: CallRecord[], readings: SlotReading[]) => proof(calls, readings)?.members.map(({ id }) => id);

describe("slots that a run proves left behind", () => {
  const two = [call(1, 10, 100), call(2, 200, 300)];

  it("are those that appeared during our calls and stayed to the end of the settle time", () => {
    const found = proof(two, [
      reading(0),
      reading(50, ["a"]),
      reading(150, ["a"]),
      reading(350, ["b"]),
      reading(24_300, ["b"]),
    ]);
    expect(found?.members.map(({ id }) => id)).toEqual(["b"]);
    expect(found).toMatchObject({
      fromMs: REDIS_AHEAD_MS,
      untilMs: REDIS_AHEAD_MS + 24_300,
      stayedMs: 24_000,
      rise: null,
    });
  });

  it("are not those that were there before", () => {
    expect(ids(two, [reading(0, ["old"]), reading(150, ["old", "a"]), reading(24_300, ["old", "a"])])).toEqual(["a"]);
  });

  it("are none, nor is a rise, when no call was made", () => {
    expect(proof([], [reading(0), reading(350, ["a"]), reading(24_300, ["a"])])).toBeNull();
    expect(proof([], [counter(0, 0), counter(350, 2), counter(24_300, 2)])).toBeNull();
  });

  it("are none when the run left before its settle time", () => {
    expect(proof(two, [reading(0), reading(350, ["a"]), reading(24_299, ["a"])])).toBeNull();
  });

  it("are none when nobody looked before the first call", () => {
    expect(proof(two, [reading(20, ["a"]), reading(25_000, ["a"])])).toBeNull();
  });

  it("are none when more appeared at once than we had calls running", () => {
    expect(proof(two, [reading(0), reading(150, ["a", "foreign"]), reading(24_300, ["a", "foreign"])])).toBeNull();
  });

  it("are none when one appeared with no call of ours running", () => {
    const late = [
      reading(0),
      reading(150, ["a"]),
      reading(160, ["a"]),
      reading(190, ["a", "foreign"]),
      reading(24_300, ["a", "foreign"]),
    ];
    expect(proof(two, late)).toBeNull();
  });

  it("are none when a second one appears during a call that has one already", () => {
    expect(
      proof(two, [reading(0), reading(50, ["a"]), reading(90, ["a", "b"]), reading(24_300, ["a", "b"])]),
    ).toBeNull();
  });

  it("are those that are there in the last reading, not in the one before it", () => {
    const seen = [reading(0), reading(50, ["a"]), reading(250, ["a", "b"]), reading(24_200, ["a", "b"])];
    expect(ids(two, [...seen, reading(24_300, ["b"])])).toEqual(["b"]);
  });

  it("count from the last reading before our first call, for the key may have turned out to have another name", () => {
    const renamed = [reading(0), reading(5, ["x"], { moment: "before" }), reading(50, ["x", "a"])];
    expect(ids(two, [...renamed, reading(24_300, ["x", "a"])])).toEqual(["a"]);
  });

  it("have stayed for twice the allowed lag, however short the settle time is", () => {
    const until = (atMs: number) =>
      prove({
        calls: two,
        readings: [reading(0), reading(50, ["a"]), reading(atMs, ["a"])],
        maxLagMs: 2000,
        settleMs: 0,
      });
    expect(until(4300)?.members).toHaveLength(1);
    expect(until(4299)).toBeNull();
  });

  it("may be of a call that lived on when the run stayed as long as a proxy may keep it", () => {
    const left = [call(1, 10, 100, { ending: "aborted" })];
    const until = (atMs: number) => ids(left, [reading(0), reading(50, ["a"]), reading(atMs, ["a"])]);
    expect(until(610_100)).toEqual(["a"]);
    expect(until(610_099)).toBeUndefined();
  });

  it("are none of refused calls", () => {
    expect(proof([refused(1, 10, 100)], [reading(0), reading(150, ["a"]), reading(24_300, ["a"])])).toBeNull();
  });

  it.each(["aborted", "timeout", "broken", "interrupted"] as const)(
    "are none of a call that was %s, for it may live on in the proxy",
    (ending) => {
      const calls = [call(1, 10, 100, { ending })];
      const seen = (until: number) => [reading(0), reading(150, ["a"]), reading(until, ["a"])];
      expect(proof(calls, seen(24_100))).toBeNull();
      expect(ids(calls, seen(620_000))).toEqual(["a"]);
    },
  );
});

describe("a rise that a run proves left behind", () => {
  const two = [call(1, 10, 100), call(2, 200, 300)];

  it("is what the counter gained over our calls and kept", () => {
    expect(proof(two, [reading(0), counter(350, 2), counter(2300, 2), counter(24_300, 2)])?.rise).toEqual({
      from: 0,
      to: 2,
      value: "2",
      ttlMs: -1,
    });
    expect(proof(two, [counter(0, 3), counter(2300, 5), counter(24_300, 5)])?.rise).toMatchObject({ from: 3, to: 5 });
  });

  it("is any from one on, with the expiry that the counter has at the end", () => {
    const rise = (to: number) => {
      const dying = (atMs: number, ttlMs: number) => counter(atMs, to, { ttlMs });
      return proof(two, [counter(0, 3), dying(2300, 90_000), dying(24_300, 68_000)])?.rise;
    };
    expect(rise(4)).toEqual({ from: 3, to: 4, value: "4", ttlMs: 68_000 });
    expect(rise(3)).toBeUndefined();
  });

  it("is none from below zero to nothing: to a key that is gone, or to a value that is no number", () => {
    expect(proof(two, [counter(0, -1), reading(2300), reading(24_300)])).toBeNull();
    const odd = { held: null, value: "many" };
    expect(proof(two, [counter(0, -1), counter(2300, 0, odd), counter(24_300, 0, odd)])).toBeNull();
  });

  it("is none when the counter moved after our calls had time to give back", () => {
    expect(proof(two, [reading(0), counter(2300, 2), counter(5000, 3), counter(24_300, 2)])).toBeNull();
  });

  it("is none when it is more than our calls, or nothing, or a call may live on", () => {
    expect(proof(two, [reading(0), counter(2300, 3), counter(24_300, 3)])).toBeNull();
    expect(proof(two, [counter(0, 2), counter(2300, 2), counter(24_300, 2)])).toBeNull();
    const left = [call(1, 10, 100), call(2, 200, 300, { ending: "aborted" })];
    expect(proof(left, [reading(0), counter(2300, 2), counter(24_300, 2)])).toBeNull();
  });

  it("is none when only one reading saw it at rest", () => {
    expect(proof(two, [reading(0), counter(2299, 2), counter(24_300, 2)])).toBeNull();
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
