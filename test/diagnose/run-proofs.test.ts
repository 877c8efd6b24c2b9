import { expect, test } from "vitest";
import { collectProofs, RISE_PROOF_TTL_MS, stillProven } from "../../src/diagnose/evidence/run-proofs.js";
import type { RecordedRun } from "../../src/runs/reader.js";
import { counterOf, NOW } from "../support/counter-arbitraries.js";
import { counter, hash, member } from "../support/doctor-fixture.js";

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
function runOf(
  proven: Proven | null,
  { id = "run-1", address = ADDRESS, limit = 2 }: { id?: string; address?: string; limit?: number | null } = {},
): RecordedRun {
  const told = { value: limit, source: "flag" };
  return {
    path: `${id}.ndjson`,
    header: { id, target: { key: hash }, limit: told, redis: { address, namespace: null, key: counter } },
    events: [],
    end: { limit: told, proven },
  } as unknown as RecordedRun;
}

const number = (value: string, ttlMs = -1, timeMs = NOW) =>
  counterOf(counter, { type: "string", ttlMs, timeMs, value, size: 0, members: [] });

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
  expect(evidence([runOf(riseOf(2, 3))], "3")).toMatchObject({ kind: "proven", rise: 1 });
});

test("the limit is the newest run's that knew one; what an older run knew may have been changed since", () => {
  const limitOf = (...limits: (number | null)[]) =>
    collectProofs(
      limits.map((limit) => runOf(null, { limit })),
      ADDRESS,
      new Map(),
    ).limits.get(hash);
  expect(limitOf(2, 3)).toBe(2);
  expect(limitOf(null, 3)).toBe(3);
  expect(limitOf(3, null)).toBe(3);
  expect(limitOf(null)).toBeUndefined();
});

test("the proof of a number is void once it was lowered, given an expiry, repaired, or has grown old", () => {
  const runs = [runOf(riseOf(0, 3))];
  expect(evidence(runs, "2")).toBeUndefined();
  expect(evidence(runs, "3", 60_000)).toBeUndefined();
  expect(evidence(runs, "3", -1, NOW + RISE_PROOF_TTL_MS)).toBeUndefined();
  expect(evidence(runs, "3", -1, NOW, new Map([[counter, NOW]]))).toBeUndefined();
  expect(evidence(runs, "3", -1, NOW, new Map([[counter, NOW - 60_000]]))).toMatchObject({ rise: 3 });
  expect(evidence(runs, "5")).toMatchObject({ rise: 3 });
});

test("the proof of a number lives for a quarter of an hour after its last look", () => {
  const at = (ms: number) => evidence([runOf(riseOf(0, 3, { untilMs: NOW }))], "3", -1, NOW + ms);
  expect(RISE_PROOF_TTL_MS).toBe(900_000);
  expect(at(RISE_PROOF_TTL_MS)).toMatchObject({ rise: 3 });
  expect(at(RISE_PROOF_TTL_MS + 1)).toBeUndefined();
});

test("a repair in the very millisecond of the last look has taken care of the rise; one before it has not", () => {
  const repaired = (ms: number) =>
    evidence([runOf(riseOf(0, 3, { untilMs: NOW }))], "3", -1, NOW, new Map([[counter, NOW + ms]]));
  expect(repaired(0)).toBeUndefined();
  expect(repaired(-1)).toMatchObject({ rise: 3 });
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

test("an earlier rise adds to a later one only if it was still proven when that run began: live calls may stand in its place", () => {
  const later = (ttlMs: number) =>
    runOf(riseOf(3, 5, { fromMs: NOW - 60_000, untilMs: NOW, rise: { from: 3, to: 5, value: "5", ttlMs } }));
  const earlier = (agoMs: number, ttlMs: number) =>
    runOf(riseOf(0, 3, { untilMs: NOW - 60_000 - agoMs, rise: { from: 0, to: 3, value: "3", ttlMs } }));
  const endless = (agoMs: number) => evidence([later(-1), earlier(agoMs, -1)], "5");
  expect(endless(RISE_PROOF_TTL_MS)).toMatchObject({ rise: 5 });
  expect(endless(RISE_PROOF_TTL_MS + 1)).toMatchObject({ rise: 2 });
  const expiring = (agoMs: number) => evidence([later(50_000), earlier(agoMs, 50_000)], "5", 40_000);
  expect(expiring(49_999)).toMatchObject({ rise: 5 });
  expect(expiring(50_000)).toMatchObject({ rise: 2 });
  expect(evidence([later(-1), earlier(0, 50_000)], "5")).toMatchObject({ rise: 2 });
});

test("of three rises each has to be proven when the next began", () => {
  const rise = (from: number, agoMs: number) =>
    runOf(riseOf(from, from + 1, { fromMs: NOW - agoMs - 60_000, untilMs: NOW - agoMs }));
  const [newest, middle] = [rise(2, 0), rise(1, RISE_PROOF_TTL_MS)];
  expect(evidence([newest, middle, rise(0, 2 * RISE_PROOF_TTL_MS)], "3")).toMatchObject({ rise: 3 });
  expect(evidence([newest, middle, rise(0, 2 * RISE_PROOF_TTL_MS + 60_001)], "3")).toMatchObject({ rise: 2 });
});

test("members are known by name and start: only those that a run saw and that are there still", () => {
  const slot = (n: number) => ({ id: member(n), score: NOW / 1000 - n });
  const runs = [runOf(riseOf(0, 0, { rise: null, members: [slot(1), slot(2)] }))];
  const { reading } = counterOf(counter, {
    ...{ type: "zset", ttlMs: 3_600_000, timeMs: NOW + 7 * RISE_PROOF_TTL_MS, value: "", size: 3 },
    members: [slot(1), { ...slot(2), score: 5 }, slot(3)],
  });
  const proven = collectProofs(runs, ADDRESS, new Map([[counter, NOW]])).byKey.get(counter);
  expect(proven && stillProven(proven, reading, 3)).toMatchObject({ slots: [member(1)], rise: 0 });
});

test("a run without proof, or one that was killed, is no evidence", () => {
  expect(evidence([runOf(null)], "3")).toBeUndefined();
  expect(evidence([{ ...runOf(null), end: null }], "3")).toBeUndefined();
});
