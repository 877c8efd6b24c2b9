import { describe, expect, it } from "vitest";
import type { CallRecord, ProbeEvent, SlotReading } from "../../src/verdict/events.js";
import { judge, proofOf } from "../../src/verdict/index.js";
import { burst, call, FACTS, reading, refused } from "../support/events.js";

const LIMIT = 50;
const CALLS = 100_000;
const READINGS = 20_000;
const RATE_MS = 5;
const TAKES_MS = 480;

/** A load of a hundred thousand calls on a limit of fifty: 200 a second, of which about half find room. Then a burst, and a look at what is left. */
function load(leaks: number): { events: ProbeEvent[]; endMs: number } {
  const events: ProbeEvent[] = [];
  const free = Array.from({ length: LIMIT }, () => 0);
  const held: { id: string; untilMs: number }[] = [];
  let nextReading = 0;
  const stepMs = (CALLS * RATE_MS) / READINGS;
  const readAt = (atMs: number, moment: SlotReading["moment"]) =>
    events.push(
      reading(
        atMs,
        held.filter(({ untilMs }) => untilMs > atMs).map(({ id }) => id),
        { moment },
      ),
    );
  for (let n = 1; n <= CALLS; n++) {
    const sentMs = n * RATE_MS;
    while (nextReading <= sentMs) {
      readAt(nextReading, nextReading === 0 ? "before" : "calls");
      nextReading += stepMs;
      held.splice(0, held.length, ...held.filter(({ untilMs }) => untilMs > nextReading - 2 * stepMs));
    }
    const slot = free.findIndex((untilMs) => untilMs <= sentMs);
    const phase: CallRecord["phase"] = "load";
    if (slot === -1) events.push(refused(n, sentMs, sentMs + 3, { phase }));
    else {
      const leaking = n <= leaks;
      const endedMs = sentMs + TAKES_MS;
      free[slot] = leaking ? Number.POSITIVE_INFINITY : endedMs;
      held.push({ id: `c${n}`, untilMs: leaking ? Number.POSITIVE_INFINITY : endedMs });
      events.push(call(n, sentMs, endedMs, { phase, firstByteMs: sentMs + 10, lastByteMs: endedMs }));
    }
  }
  const settledMs = CALLS * RATE_MS + TAKES_MS + 10;
  readAt(settledMs, "calls");
  const last = burst(CALLS + 1, settledMs + 10, LIMIT - leaks, 1 + leaks).map((one) =>
    one.rejection ? { ...one, rejection: { ...one.rejection, limit: LIMIT } } : one,
  );
  const endMs = settledMs + 510;
  readAt(endMs + 50, "calls");
  readAt(endMs + FACTS.settleMs, "look");
  return {
    events: [...events.map((one) => (one.kind === "call" && one.rejection ? told(one) : one)), ...last],
    endMs,
  };
}

const told = (one: CallRecord): CallRecord => ({
  ...one,
  rejection: one.rejection && { ...one.rejection, limit: LIMIT },
});

describe("a load of a hundred thousand calls with twenty thousand readings", () => {
  const facts = { ...FACTS, known: { value: LIMIT, source: "flag" as const } };

  // Rules that look at each pair of calls take hours. This is no benchmark: time of the processor, and a bound that a slow one keeps, too.
  const within = (work: () => void) => {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    expect((user + system) / 1000).toBeLessThan(10_000);
  };

  it("is judged at all, and as what it is", { timeout: 120_000 }, () => {
    const { events } = load(0);
    expect(events.filter(({ kind }) => kind === "slots").length).toBeGreaterThanOrEqual(READINGS);
    within(() => {
      expect(judge(facts, events)).toEqual({ status: "healthy", findings: [], doubts: [] });
      expect(proofOf(facts, events)).toBeNull();
    });
  });

  it("shows the slots that it left, and proves them", { timeout: 120_000 }, () => {
    const { events } = load(3);
    within(() => {
      const { status, findings } = judge(facts, events);
      expect([status, ...findings.map(({ kind }) => kind)]).toEqual(["finding", "leak"]);
      expect(proofOf(facts, events)?.members.map(({ id }) => id)).toEqual(["c1", "c2", "c3"]);
    });
  });
});
