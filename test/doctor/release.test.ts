import { expect, test } from "vitest";
import type { Evidence } from "../../src/litellm/evidence.js";
import { parseKeyName } from "../../src/litellm/key-name.js";
import { shapes } from "../../src/litellm/shapes/index.js";
import { NOW } from "./patients.js";
import { counter, hash, member } from "./surgery.js";

const minuteKey = `${hash}::2026-09-19-02-28::request_count`;
const proven = (rise: number, ...slots: number[]): Evidence => ({
  kind: "proven",
  run: "run-1",
  slots: slots.map(member),
  rise,
});
const idle: Evidence = { kind: "idle", saidBy: "operator" };
const aged: Evidence = { kind: "aged", olderThanMs: 900_000 };
const impossible: Evidence = { kind: "impossible", why: "of another generation" };

/** Slots of these ages in seconds, named 1, 2, 3…; `more` were not read. */
function fromSet(evidence: readonly Evidence[], ages: readonly number[], more = 0) {
  const members = ages.map((age, at) => ({ id: member(at + 1), score: NOW / 1000 - age }));
  const reading = { type: "zset", ttlMs: -1, timeMs: NOW, value: "", size: ages.length + more, members };
  const act = shapes.slots.release(name(counter), { key: counter, ...reading }, evidence);
  if (act?.kind !== "release-slots") return act;
  const { members: taken, ...rest } = act;
  return { ...rest, taken: taken.map(({ id }) => Number.parseInt(id, 16)) };
}

function fromNumber(evidence: readonly Evidence[], value: string, ttlMs = -1) {
  const reading = { key: counter, type: "string", ttlMs, timeMs: NOW, value, size: 0, members: [] };
  return shapes.windowed.release(name(counter), reading, evidence);
}

function name(key: string) {
  const parsed = parseKeyName(key);
  if (!parsed) throw new Error(`not a limiter key: ${key}`);
  return parsed;
}

test("of an idle set all goes, and only while nothing else is there", () => {
  expect(fromSet([idle], [9, 8])).toMatchObject({ taken: [1, 2], whole: true, endless: null, olderThanMs: 0 });
});

test("what is said of a whole set takes nothing away when only a part of it was read: the rest may be alive", () => {
  expect(fromSet([idle], [9, 8], 1)).toBeUndefined();
  expect(fromSet([impossible], [9, 8], 1)).toBeUndefined();
});

test("a set of another generation goes only while it has no expiry: with one, somebody uses it", () => {
  expect(fromSet([impossible], [9, 8])).toMatchObject({ taken: [1, 2], whole: true, endless: true });
});

test("by age those go that are as old as was named, to the millisecond, and their age is asked again in the act", () => {
  expect(fromSet([aged], [901, 900, 899])).toMatchObject({ taken: [1, 2], whole: false, olderThanMs: 900_000 });
  expect(fromSet([aged], [899.999])).toBeUndefined();
});

test("slots that a run proved go whatever their age, and beside aged ones too", () => {
  expect(fromSet([proven(0, 2)], [901, 9])).toMatchObject({ taken: [2], whole: false, olderThanMs: 0 });
  expect(fromSet([proven(0, 3), aged], [901, 899, 9])).toMatchObject({ taken: [1, 3], whole: false, olderThanMs: 0 });
  // Proved, but gone: what is left goes by its age alone.
  expect(fromSet([proven(0, 9), aged], [901, 9])).toMatchObject({ taken: [1], olderThanMs: 900_000 });
});

test("a number is lowered by what a run watched rise, and deleted when nothing else is in it", () => {
  expect(fromNumber([proven(2)], "5")).toMatchObject({ value: "5", lowerBy: 2, endless: true });
  expect(fromNumber([proven(2)], "2")).toMatchObject({ lowerBy: null });
  expect(fromNumber([proven(0)], "2")).toBeUndefined();
  // Two runs may have watched the same slots.
  expect(fromNumber([proven(1), proven(2)], "5")).toMatchObject({ lowerBy: 2 });
  expect(fromNumber([proven(2)], "5", 50_000)).toMatchObject({ endless: false });
});

test("of a number that a watch showed to be locked, what it saw is asked again in the act", () => {
  const expiries = { untilMs: 0, requestsUntilMs: null, tokensUntilMs: null };
  const since = { window: "9", requests: "20", tokens: "7", tokenLimited: false, ...expiries };
  const seen = { limit: 2, watchedMs: 60_000, longestCallMs: 60_000, lowest: 3, attempts: 5 };
  const locked: Evidence = { kind: "locked", ...seen, since };
  expect(fromNumber([locked], "3")).toMatchObject({ lowerBy: null, since });
  // A run may have watched a part of it rise: the lock is about all of it.
  expect(fromNumber([proven(1), locked], "3")).toMatchObject({ lowerBy: null, since });
});

test("a number below one, and what is no number, holds nobody's slot to be freed", () => {
  for (const value of ["0", "-3", "abc", ""]) {
    expect(fromNumber([idle], value)).toBeUndefined();
    expect(fromNumber([proven(2)], value)).toBeUndefined();
  }
  expect(fromNumber([idle], "1")).toMatchObject({ lowerBy: null });
});

test("a minute that is over goes to the letter as it was read, and only as one without expiry", () => {
  const value = '{"current_requests": 2}';
  const reading = { key: minuteKey, type: "string", ttlMs: -1, timeMs: NOW, value, size: 0, members: [] };
  const from = (evidence: readonly Evidence[], more = {}) =>
    shapes.minute.release(name(minuteKey), { ...reading, ...more }, evidence);
  expect(from([impossible])).toMatchObject({ value, endless: true, lowerBy: null });
  expect(from([idle, aged, proven(2)])).toBeUndefined();
  expect(from([impossible], { type: "list" })).toBeUndefined();
});
