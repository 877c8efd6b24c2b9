import { expect, test } from "vitest";
import { collectProofs, RISE_LIFE_MS, stillProven } from "../../src/doctor/proofs.js";
import type { RecordedRun } from "../../src/probe/record.js";
import { NOW, patientOf } from "./patients.js";
import { counter, hash, member } from "./surgery.js";

const ADDRESS = "redis://127.0.0.1:6379/0";
type Proven = NonNullable<NonNullable<RecordedRun["end"]>["proven"]>;

const riseOf = (from: number, to: number, more: Partial<Proven> = {}): Proven => ({
  key: counter,
  fromMs: NOW - 90_000,
  untilMs: NOW - 30_000,
  stayedMs: 24_000,
  members: [],
  rise: { from, to, value: `${to}`, ttlMs: -1 },
  ...more,
});

/** A run as far as doctor reads it. */
function runOf(proven: Proven | null, { id = "run-1", address = ADDRESS, limit = 2 } = {}): RecordedRun {
  const told = { value: limit, source: "flag" };
  return {
    path: `${id}.ndjson`,
    header: { id, target: { key: hash }, limit: told, redis: { address, namespace: null, key: counter } },
    events: [],
    end: { limit: told, proven },
  } as unknown as RecordedRun;
}

const number = (value: string, ttlMs = -1, timeMs = NOW) =>
  patientOf(counter, { type: "string", ttlMs, timeMs, value, size: 0, members: [] });

const evidence = (
  runs: readonly RecordedRun[],
  value: string,
  ttlMs = -1,
  timeMs = NOW,
  repaired = new Map<string, number>(),
) => {
  const { reading, held } = number(value, ttlMs, timeMs);
  const proven = collectProofs(runs, ADDRESS, repaired).byKey.get(counter);
  return proven && stillProven(proven, reading, held);
};

test("a run proves the rise that it watched, and supplies the limit", () => {
  expect(evidence([runOf(riseOf(0, 3))], "3")).toMatchObject({ kind: "proven", rise: 3, run: "run-1" });
  expect(collectProofs([runOf(riseOf(0, 3))], ADDRESS, new Map()).limits.get(hash)).toBe(2);
});

test("the proof of a number is void once it was lowered, given an expiry, repaired, or has grown old", () => {
  const runs = [runOf(riseOf(0, 3))];
  expect(evidence(runs, "2")).toBeUndefined();
  expect(evidence(runs, "3", 60_000)).toBeUndefined();
  expect(evidence(runs, "3", -1, NOW + RISE_LIFE_MS)).toBeUndefined();
  expect(evidence(runs, "3", -1, NOW, new Map([[counter, NOW]]))).toBeUndefined();
  expect(evidence(runs, "3", -1, NOW, new Map([[counter, NOW - 60_000]]))).toMatchObject({ rise: 3 });
  expect(evidence(runs, "5")).toMatchObject({ rise: 3 });
});

test("the proof of a number with an expiry is void once it may have expired: as many live calls read the same", () => {
  const runs = [runOf(riseOf(0, 3, { rise: { from: 0, to: 3, value: "3", ttlMs: 50_000 } }))];
  expect(evidence(runs, "3", 20_000, NOW + 19_000)).toMatchObject({ rise: 3 });
  expect(evidence(runs, "3", 60_000, NOW + 20_000)).toBeUndefined();
});

test("a run on another Redis proves nothing here; localhost and 127.0.0.1 are one", () => {
  expect(evidence([runOf(riseOf(0, 3), { address: "redis://10.0.0.1:6379/0" })], "3")).toBeUndefined();
  expect(evidence([runOf(riseOf(0, 3), { address: "redis://localhost:6379/0" })], "3")).toMatchObject({ rise: 3 });
});

test("rises add up only where one run began where the other had ended", () => {
  const [first, second] = [riseOf(0, 3, { untilMs: NOW - 60_000 }), riseOf(3, 5)];
  expect(evidence([runOf(second, { id: "run-2" }), runOf(first)], "5")).toMatchObject({ rise: 5, run: "run-2, run-1" });
  const anew = riseOf(0, 2);
  expect(evidence([runOf(anew, { id: "run-2" }), runOf(first)], "5")).toMatchObject({ rise: 2 });
});

test("members are known by name and start: only those that a run saw and that are there still", () => {
  const slot = (n: number) => ({ id: member(n), score: NOW / 1000 - n });
  const runs = [runOf(riseOf(0, 0, { rise: null, members: [slot(1), slot(2)] }))];
  const { reading } = patientOf(counter, {
    ...{ type: "zset", ttlMs: 3_600_000, timeMs: NOW + 7 * RISE_LIFE_MS, value: "", size: 3 },
    members: [slot(1), { ...slot(2), score: 5 }, slot(3)],
  });
  const proven = collectProofs(runs, ADDRESS, new Map([[counter, NOW]])).byKey.get(counter);
  expect(proven && stillProven(proven, reading, 3)).toMatchObject({ slots: [member(1)], rise: 0 });
});

test("a run without proof, or one that was killed, is no evidence", () => {
  expect(evidence([runOf(null)], "3")).toBeUndefined();
  expect(evidence([{ ...runOf(null), end: null }], "3")).toBeUndefined();
});
