import { expect, test } from "vitest";
import type { CounterContext } from "../../src/diagnose/counter.js";
import { plan } from "../../src/diagnose/plan.js";
import { describeWorkerCaches, workerCacheNote } from "../../src/diagnose/worker-caches/notes.js";
import { counterOf, NOW } from "../support/counter-arbitraries.js";
import { counter, member } from "../support/doctor-fixture.js";

const around = (expected: CounterContext["expected"]): CounterContext => ({
  expected,
  idle: "operator",
  olderThanMs: null,
  windowMs: 60_000,
  longestCallMs: 60_000,
});
const number = { type: "string", ttlMs: -1, timeMs: NOW, value: "3", size: 0, members: [] };
const set = {
  type: "zset",
  ttlMs: 3_600_000,
  timeMs: NOW,
  value: "",
  size: 1,
  members: [{ id: member(1), score: NOW / 1000 }],
};
const reachOf = (
  reading: typeof number | typeof set,
  expected: CounterContext["expected"],
  alias = "team-a",
  windowMs = 60_000,
) =>
  plan([counterOf(counter, reading, { alias })], around(expected)).map((repair) =>
    workerCacheNote(repair, { wallMs: NOW, windowMs }),
  )[0];

test("a worker remembers a number for a minute and slots for an hour, and a foreign number not at all", () => {
  const untilOf = (reading: typeof number | typeof set, expected: CounterContext["expected"]) =>
    reachOf(reading, expected)?.until;
  expect(untilOf(number, "windowed")).toBe(new Date(NOW + 60_000).toISOString());
  expect(untilOf(set, "slots")).toBe(new Date(NOW + 3_600_000).toISOString());
  expect(untilOf(set, "windowed")).toBe(new Date(NOW + 60_000).toISOString());
  expect(untilOf(number, "slots")).toBeNull();
});

test("a worker remembers a number for the window in force, and all else for as long as ever", () => {
  const of = (reading: typeof number | typeof set, expected: CounterContext["expected"]) =>
    reachOf(reading, expected, "team-a", 300_000);
  expect(of(number, "windowed")?.until).toBe(new Date(NOW + 300_000).toISOString());
  expect(of(number, "windowed")?.text).toMatch(/in the last 300 s may refuse for up to 300 s more/);
  expect(of(set, "slots")?.until).toBe(new Date(NOW + 3_600_000).toISOString());
  expect(of(set, "windowed")?.until).toBe(new Date(NOW + 60_000).toISOString());
});

test("says what ends it before", () => {
  expect(reachOf(number, "windowed")?.text).toMatch(/chat\/completions/);
  expect(reachOf(set, "slots")?.text).toMatch(/restart that worker, or raise the limit/);
});

test("many keys make one sentence, and what nobody remembers makes none", () => {
  const of = (alias: string) => reachOf(number, "windowed", alias);
  const all = ["a", "b", "c", "d", "e"].map(of).filter((one) => one !== undefined);
  const lines = describeWorkerCaches([...all, ...[reachOf(number, "slots")].filter((one) => one !== undefined)]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^a, b, c and 2 more: every worker/);
  expect(lines[0]).toContain(new Date(NOW + 60_000).toISOString());
});
