import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ending } from "../../src/llm/call-result.js";
import type { CallRecord, ProbeEvent, SlotReading } from "../../src/verdict/events.js";
import { seconds } from "../../src/verdict/findings/candidate.js";
import { falseRejection } from "../../src/verdict/findings/false-rejection.js";
import { peak } from "../../src/verdict/findings/over-admission.js";
import { slowRelease } from "../../src/verdict/findings/slow-release.js";
import { InFlight } from "../../src/verdict/in-flight.js";
import { MinHeap } from "../../src/verdict/min-heap.js";
import { type Observations, observe } from "../../src/verdict/observations.js";
import { grows, recoveries, shrinks } from "../../src/verdict/readings/capacity.js";
import { detectForeignTraffic } from "../../src/verdict/readings/foreign-traffic.js";
import { attributeNewSlots } from "../../src/verdict/readings/slot-attribution.js";
import { call, FACTS, reading, refused } from "../support/events.js";
import * as simple from "./reference-implementation.js";

/** Times on a coarse grid, so that many are equal. */
const at = fc.integer({ min: 0, max: 60 }).map((step) => step * 50);
const ending: fc.Arbitrary<Ending> = fc.constantFrom("completed", "completed", "completed", "aborted", "timeout");

const calls = fc
  .array(
    fc.record({
      sentMs: at,
      takesMs: at,
      byteMs: at,
      ending,
      no: fc.boolean(),
      round: fc.constantFrom(1, 1, 2, 3),
      phase: fc.constantFrom("warm-up", "load", "sequence", "burst", "look", "look"),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((list) =>
    list.map(({ sentMs, takesMs, byteMs, ending, no, ...place }, index): CallRecord => {
      const endedMs = sentMs + takesMs;
      const bytes = { firstByteMs: sentMs + Math.min(byteMs, takesMs), lastByteMs: endedMs };
      return no
        ? refused(index + 1, sentMs, endedMs, place)
        : call(index + 1, sentMs, endedMs, { ...place, ending, ...bytes });
    }),
  );

const readings = fc
  .array(
    fc.record({
      atMs: at,
      takesMs: fc.constantFrom(0, 0, 50, 400),
      ids: fc.subarray(["a", "b", "c", "d", "e", "f"]),
      value: fc.integer({ min: -1, max: 6 }),
      requests: fc.option(fc.integer({ min: 0, max: 20 })),
      moment: fc.constantFrom("calls", "look", "look"),
    }),
    { maxLength: 10 },
  )
  .chain((list) =>
    fc.constantFrom("zset", "string").map((type) =>
      [{ atMs: 0, takesMs: 0, ids: [], value: 0, requests: 0, moment: "before" }, ...list].map((one): SlotReading => {
        const moment = one.moment as SlotReading["moment"];
        const rest = { moment, fromMs: one.atMs - one.takesMs, requests: one.requests };
        return type === "zset"
          ? reading(one.atMs, one.ids, rest)
          : reading(one.atMs, [], { ...rest, type, held: one.value, value: String(one.value) });
      }),
    ),
  );

const observations = fc
  .record({ calls, readings: fc.oneof(readings, fc.constant([])), bursts: fc.boolean() })
  .map(({ calls, readings, bursts }): Observations => {
    const events: ProbeEvent[] = [...calls, ...readings];
    const told = observe({ ...FACTS, bursts, maxLagMs: 300 }, events);
    // A observations loses its readings when they end too early; here they stay.
    return { ...told, readings: readings.length > 0 ? [...readings].sort((a, b) => a.atMs - b.atMs) : [] };
  });

/** `LLMCTL_SEED` makes the same histories again, so that a mutant that one of them tells from the original is always told. */
const { LLMCTL_RUNS: numRuns = 300, LLMCTL_SEED: seed } = process.env;
const runs = { numRuns: Number(numRuns), ...(seed === undefined ? {} : { seed: Number(seed) }) };
const check = (predicate: (one: Observations) => void) =>
  fc.assert(
    fc.property(observations, (one) => {
      predicate(one);
    }),
    runs,
  );

describe("the judge's sweeps agree with the plain definitions on", () => {
  it("the largest set of calls that overlapped", () => {
    check(({ calls }) => expect(peak(calls)).toEqual(simple.peak(calls)));
  });

  it("the calls in flight during a stretch", () => {
    fc.assert(
      fc.property(calls, at, at, fc.constantFrom(0, 300), (list, from, takes, lag) => {
        expect(new InFlight(list, ({ endedMs }) => endedMs + lag).count(from, from + takes)).toBe(
          simple.inFlight(list, lag, from, from + takes),
        );
      }),
      runs,
    );
  });

  it("what was new in each reading, and who can have made it", () => {
    check(({ calls, readings }) => {
      const seen = [...attributeNewSlots(calls, readings)].map(({ fresh, free, fromMs }) => ({
        fresh: fresh.map(({ id }) => id),
        free,
        fromMs,
      }));
      expect(seen).toEqual(simple.appearances(calls, readings));
    });
  });

  it("the rounds in which room was missing, and how it came back", () => {
    check((one) => {
      const found = recoveries(one);
      expect(found).toEqual(simple.recoveries(one, 3));
      for (const recovery of found) {
        expect(grows(recovery)).toBe(simple.grows(recovery));
        expect(shrinks(recovery)).toBe(simple.shrinks(recovery));
      }
    });
  });

  it("how late the room came back", () => {
    check((one) => {
      const slowest = simple.slowest(one, 3);
      const found = slowRelease(one);
      expect(found !== undefined).toBe(slowest !== null && slowest >= one.maxLagMs);
      if (slowest !== null) expect(found?.proof ?? "").toContain(found ? seconds(slowest) : "");
    });
  });

  it("whether anybody else used the key", () => {
    check((one) => expect(detectForeignTraffic(one) !== undefined).toBe(simple.foreign(one)));
  });

  it("which calls were refused though Redis had room", () => {
    check((one) => {
      if (one.readings.length === 0) return;
      const numbers = falseRejection(one, [])?.evidence[0]?.calls ?? [];
      expect(numbers).toEqual(simple.refusedThoughFree(one, 3).map(({ n }) => n));
    });
  });
});

describe("a queue", () => {
  it("gives back what was put in, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const queue = new MinHeap<number>((a, b) => a - b);
        for (const one of numbers) queue.add(one);
        expect(queue.size).toBe(numbers.length);
        expect(queue.first).toBe(numbers.length > 0 ? Math.min(...numbers) : undefined);
        expect(numbers.map(() => queue.take())).toEqual([...numbers].sort((a, b) => a - b));
        expect(queue.take()).toBeUndefined();
      }),
      runs,
    );
  });
});
