import fc from "fast-check";
import { expect, test } from "vitest";
import type { Counter, CounterContext } from "../../src/diagnose/counter.js";
import { type PlannedRepair, plan } from "../../src/diagnose/plan.js";
import { anyCircumstances, anyCounter, counterOf, NOW } from "../support/counter-arbitraries.js";
import { counter } from "../support/doctor-fixture.js";

const RUNS = Number(process.env.LLMCTL_RUNS ?? 8000);

/** Runs a property over plans; fast-check prints seed and path of a failure. */
function always(property: (counter: Counter, around: CounterContext, repair: PlannedRepair) => void) {
  let planned = 0;
  fc.assert(
    fc.property(anyCounter, anyCircumstances, (counter, around) => {
      for (const repair of plan([counter], around)) {
        planned++;
        property(counter, around, repair);
      }
    }),
    { numRuns: RUNS },
  );
  expect(planned, "the generator has to reach repairs").toBeGreaterThan(RUNS / 10);
}

test("there is no repair without evidence", () => {
  always((_counter, _around, { evidence }) => expect(evidence.length).toBeGreaterThan(0));
});

test("only slots that a run proved, or older than --older-than, or of an idle or impossible key are removed", () => {
  always((counter, { idle, olderThanMs, expected }, { act }) => {
    if (act.kind !== "release-slots") return;
    const foreign = expected === "windowed" && counter.reading.ttlMs === -1 && counter.samples?.unchanged === true;
    for (const { id, score } of act.members) {
      const proven = counter.proven?.slots.some((slot) => slot.id === id && slot.score === score) ?? false;
      const aged = olderThanMs !== null && NOW - score * 1000 >= olderThanMs;
      expect(proven || aged || idle !== null || foreign).toBe(true);
      expect(counter.reading.members).toContainEqual({ id, score });
    }
  });
});

test("a number is taken away only when it is idle, proved, impossible, or did not fall for as long as a call takes", () => {
  always((counter, { idle, expected, longestCallMs }, { act, evidence }) => {
    if (act.kind !== "release-counter" || counter.name.family === "minute") return;
    const kinds = evidence.map(({ kind }) => kind);
    const { samples: watched, limit } = counter;
    const seenMs = watched ? watched.last.timeMs - (limit === null ? watched.lowestAtMs : watched.first.timeMs) : 0;
    const least = limit ?? (Number(counter.reading.value) === watched?.lowest ? 1 : Number.POSITIVE_INFINITY);
    const neverFell = watched?.lowest != null && watched.lowest >= least && watched.successes === 0;
    const locked = neverFell && seenMs >= longestCallMs;
    const foreign = expected === "slots" && act.endless && watched?.unchanged === true;
    expect(idle !== null || kinds.includes("proven") || locked || foreign).toBe(true);
    if (kinds.length === 1 && kinds[0] === "proven") {
      const left = act.lowerBy === null ? 0 : Number(act.value) - act.lowerBy;
      expect(Number(act.value) - left).toBeLessThanOrEqual(counter.proven?.rise?.by ?? 0);
    }
  });
});

test("keys of unknown shape, rate counters and negative numbers are never in a plan", () => {
  always((counter, _around, { act }) => {
    expect(["string", "zset"]).toContain(counter.reading.type);
    expect(act.key).toMatch(/:max_parallel_requests$|::request_count$/);
    if (act.kind === "release-counter" && counter.shape === "windowed" && act.lowerBy !== null) {
      expect(Number(act.value)).toBeGreaterThan(act.lowerBy);
    }
  });
});

test("a minute is taken away only 26 hours after its end, and only without expiry", () => {
  let minutes = 0;
  always((counter, _around, { act, kind }) => {
    if (counter.shape !== "minute") return;
    expect(kind).toBe("garbage");
    expect(act).toMatchObject({ kind: "release-counter", endless: true, lowerBy: null });
    expect(counter.name.minute).toBe("2026-09-19-02-28");
    minutes++;
  });
  expect(minutes).toBeGreaterThan(RUNS / 160);
});

test("the same readings give the same plan, and ids do not depend on the others", () => {
  fc.assert(
    fc.property(anyCounter, anyCounter, anyCircumstances, (a, b, around) => {
      const ids = (counters: readonly Counter[]) => plan(counters, around).map(({ id }) => id);
      expect(ids([a, b])).toEqual([...ids([a]), ...ids([b])]);
      expect(plan([a], around)).toEqual(plan([a], around));
    }),
    { numRuns: RUNS / 8 },
  );
});

test("an idle counter that expires by itself and refuses nobody is left alone", () => {
  const reading = { type: "string", ttlMs: 50_000, timeMs: NOW, value: "1", size: 0, members: [] };
  const around = {
    expected: "windowed",
    idle: "operator",
    olderThanMs: null,
    windowMs: 60_000,
    longestCallMs: 60_000,
  } as const;
  expect(plan([counterOf(counter, reading, { limit: 2 })], around)).toEqual([]);
  expect(plan([counterOf(counter, { ...reading, value: "2" }, { limit: 2 })], around)).toHaveLength(1);
});
