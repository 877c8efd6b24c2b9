import { expect, test } from "vitest";
import type { Counter, CounterContext } from "../../../src/diagnose/counter.js";
import { collectEvidence, isSamplingConclusive, needsSampling } from "../../../src/diagnose/evidence/collect.js";
import { wrongType } from "../../../src/diagnose/evidence/impossible.js";
import type { ProvenByRuns } from "../../../src/diagnose/evidence/run-proofs.js";
import type { Sample } from "../../../src/litellm/counters/sample.js";
import { counterOf, NOW, sample, watchOf } from "../../support/counter-arbitraries.js";
import { counter, hash, member } from "../../support/doctor-fixture.js";

const SLOT = { id: member(1), score: NOW / 1000 - 100 };

const number = (value: string, ttlMs = -1) => ({ type: "string", ttlMs, timeMs: NOW, value, size: 0, members: [] });
const set = (ttlMs = -1) => ({ ...number("", ttlMs), type: "zset", size: 1, members: [SLOT] });
const list = { ...number(""), type: "list" };

/** A number at the counter's name. */
const counted = (value: string, more: Partial<Counter> = {}, ttlMs = -1) =>
  counterOf(counter, number(value, ttlMs), more);
const held = (more: Partial<Counter> = {}, ttlMs = -1) => counterOf(counter, set(ttlMs), more);
const minute = counterOf(`${hash}::2026-09-21-02-28::request_count`, number('{"current_requests": 2}'), { limit: 2 });

/** A proxy that keeps numbers, of which nobody says anything. */
const around = (more: Partial<CounterContext> = {}): CounterContext => ({
  expected: "windowed",
  idle: null,
  olderThanMs: null,
  windowMs: 60_000,
  longestCallMs: 60_000,
  ...more,
});

/** The kinds of evidence, and the doubts. */
function found(counter: Counter, counterContext: CounterContext) {
  const { evidence, doubts } = collectEvidence(counter, counterContext);
  return { kinds: evidence.map(({ kind }) => kind), doubts };
}
const nothing = { kinds: [], doubts: [] };
const proof = (...kinds: string[]) => ({ kinds, doubts: [] });
const doubt = (text: RegExp) => ({ kinds: [], doubts: [expect.stringMatching(text)] });

/** Two looks, one at the start of a watch and one 65 s later. */
const watch = (first: Partial<Sample>, last: Partial<Sample> = {}) =>
  watchOf([sample(first), sample({ ...first, timeMs: NOW + 65_000, ...last })]);

const rose = (by: number, to: number): ProvenByRuns => ({
  runs: ["run-1"],
  slots: [],
  rise: { by, to, endless: true, fromMs: NOW - 60_000, untilMs: NOW - 1000, expiresMs: null },
});
const left: ProvenByRuns = { runs: ["run-1"], slots: [SLOT], rise: null };

test("only a number under a proxy that keeps sets, or a set under one that keeps numbers, is of another generation", () => {
  const counters = { number: counted("1"), set: held(), minute, list: counterOf(counter, list) };
  const wrong = (["slots", "windowed", "minute", null] as const).flatMap((expected) =>
    Object.entries(counters).flatMap(([what, counter]) =>
      wrongType(counter, around({ expected })) ? [`${what} under ${expected}`] : [],
    ),
  );
  expect(wrong).toEqual(["number under slots", "set under windowed"]);
});

test("a key of a type that LiteLLM never writes is not touched, whatever the operator says of it", () => {
  const said = around({ idle: "operator", olderThanMs: 0 });
  expect(found(counterOf(counter, list, { limit: 2 }), said)).toEqual(doubt(/shape is not known/));
});

test("what a run proved stands beside other evidence, and alone where that run was named", () => {
  const said = around({ expected: "slots", idle: "worker", olderThanMs: 60_000 });
  expect(collectEvidence(held({ proven: left }), said)).toEqual({
    evidence: [
      { kind: "proven", run: "run-1", slots: [SLOT.id], rise: 0 },
      { kind: "idle", saidBy: "worker" },
      { kind: "aged", olderThanMs: 60_000 },
    ],
    doubts: [],
    short: null,
  });
  expect(found(held({ proven: left }), { ...said, provenOnly: true })).toEqual(proof("proven"));
  expect(found(held(), { ...said, provenOnly: true })).toEqual(doubt(/none of what --from-run proved/));
  expect(found(held(), around({ expected: "slots" }))).toEqual(nothing);
});

test.each([
  ["one call without expiry is left behind", counted("1", { limit: 2 }), proof("idle")],
  ["so it is where nobody knows the limit", counted("1"), proof("idle")],
  ["one at its limit goes on refusing as long as somebody retries", counted("2", { limit: 2 }, 50_000), proof("idle")],
  ["one below its limit expires by itself", counted("1", { limit: 2 }, 50_000), nothing],
  ["and one of unknown limit expires, too", counted("1", {}, 50_000), nothing],
  ["slots stay for an hour: their expiry is no reason to wait", held({}, 50_000), proof("idle")],
  ["nothing in flight needs no repair", counted("0"), nothing],
  ["nor does less than nothing", counted("-1"), nothing],
  ["a text that is no number counts nothing", counted("abc", { limit: 2 }), nothing],
  ["a minute ends by itself", minute, nothing],
])("where nothing runs: %s", (_, counter, expected) => {
  const asExpected = around({ expected: counter.shape });
  expect(found(counter, { ...asExpected, idle: "operator" }).kinds).toEqual(expected.kinds);
  expect(found(counter, asExpected).kinds).toEqual([]);
});

test("--older-than is about slots, the only ones whose age is known", () => {
  const said = around({ expected: null, olderThanMs: 0 });
  expect(found(held(), said)).toEqual(proof("aged"));
  expect(found(counted("1", { limit: 2 }), said)).toEqual(nothing);
  expect(found(minute, said)).toEqual(nothing);
});

test("a counter of unknown limit may be locked too: one that expires is no doubt before it was watched", () => {
  expect(found(counted("1"), around())).toEqual(doubt(/^not watched/));
  expect(found(counted("1", { samples: watch({ value: "1" }) }), around())).toEqual(proof("locked"));
  expect(found(counted("2", { samples: watch({ value: "1" }) }), around())).toEqual(doubt(/is 2 now, and was 1/));
  for (const harmless of [counted("0"), counted("-1"), counted("abc"), counted("1", {}, 50_000)]) {
    expect(found(harmless, around())).toEqual(nothing);
  }
});

/** At, or above, a limit during a watch, and still so after it. */
const stuck = (value: string, limit: number | null) => counted(value, { limit, samples: watch({ value }) });

test.each([
  ["above its limit", stuck("3", 2), proof("locked")],
  ["at its limit", stuck("2", 2), proof("locked")],
  ["at a limit of one, which has room for a call", stuck("1", 1), proof("locked")],
  ["below its limit: it refuses nobody", stuck("1", 2), nothing],
  ["a limit of none refuses every call, with nothing left behind", stuck("5", 0), doubt(/refuses every call/)],
  ["at a limit of none", stuck("0", 0), doubt(/refuses every call/)],
  ["not watched", counted("2", { limit: 2 }), doubt(/^not watched/)],
  ["no number", stuck("abc", 2), nothing],
  ["no number, where every call is refused", stuck("abc", 0), nothing],
  ["a set at its limit is no counter", held({ limit: 1 }), nothing],
])("what a watch shows is held against the limit: %s", (_, counter, expected) => {
  expect(found(counter, around({ expected: counter.shape }))).toEqual(expected);
});

test("a number of another generation is judged as such, for a proxy that keeps sets holds it against no limit", () => {
  expect(found(stuck("3", 2), around({ expected: "slots" }))).toEqual(proof("impossible"));
  const moved = watch({ value: "3" }, { value: "4" });
  expect(found(counted("4", { limit: 2, samples: moved }), around({ expected: "slots" }))).toEqual(
    doubt(/a process still uses it/),
  );
});

test("a counter that was given an expiry between the watch and the reading is alive; one that had it already is not", () => {
  const endless = watch({ value: "2" });
  expect(found(counted("2", { limit: 2, samples: endless }, 60_000), around())).toEqual(doubt(/a call has touched it/));
  expect(found(counted("2", { limit: 2, samples: endless }), around())).toEqual(proof("locked"));
  const retried = watch({ value: "2", ttlMs: 57_000, requests: "4" }, { requests: "9" });
  expect(found(counted("2", { limit: 2, samples: retried }, 57_000), around())).toEqual(proof("locked"));
});

test.each([
  ["at its limit", counted("2", { limit: 2 }), true],
  ["at its limit, with an expiry that retries put off", counted("2", { limit: 2 }, 50_000), true],
  ["at a limit of one", counted("1", { limit: 1 }), true],
  ["below its limit", counted("1", { limit: 2 }), false],
  ["of unknown limit", counted("2"), true],
  ["of unknown limit, with nothing in flight", counted("0"), false],
  ["where every call is refused anyway", counted("0", { limit: 0 }), false],
  ["where every call is refused anyway, though something is counted", counted("2", { limit: 0 }), false],
  ["no number", counted("abc", { limit: 2 }), false],
  ["a set at its limit: each slot has a name and an age", held({ limit: 1 }), false],
])("the operator waits for a watch only where it can show a lock: %s", (_, counter, worth) => {
  expect(needsSampling(counter, around({ expected: counter.shape }))).toBe(worth);
});

test("a key of another generation is worth a watch, at any limit, unless it expires", () => {
  for (const more of [{ limit: null }, { limit: 1 }, { limit: 2 }]) {
    expect(needsSampling(counted("1", more), around({ expected: "slots" }))).toBe(true);
    expect(needsSampling(counted("1", more, 50_000), around({ expected: "slots" }))).toBe(false);
    expect(needsSampling(held(more), around())).toBe(true);
    expect(needsSampling(held(more, 50_000), around())).toBe(false);
  }
});

test("nobody waits for a watch where the operator's word, or a run's, decides alone", () => {
  const full = counted("2", { limit: 2 });
  expect(needsSampling(full, around({ idle: "operator" }))).toBe(false);
  expect(needsSampling(full, around({ provenOnly: true }))).toBe(false);
});

test("a proof saves the watch only when it holds and explains all of the counter", () => {
  const worth = (proven: ProvenByRuns) => needsSampling(counted("3", { limit: 2, proven }), around());
  expect(worth(rose(3, 3))).toBe(false);
  expect(worth(rose(2, 3))).toBe(true);
  expect(worth(rose(4, 4))).toBe(true);
  // That of slots says nothing of how many stay behind.
  expect(needsSampling(held({ proven: left }), around())).toBe(true);
});

test.each([
  ["at its limit without a success may still show a lock", 2, watch({ value: "2" }), false],
  ["one success shows calls that live", 2, watch({ value: "2", requests: "1" }, { tokens: "40" }), true],
  ["one look below its limit shows a call that gave back", 2, watch({ value: "2" }, { value: "1" }), true],
  ["one that went away is no lock", 2, watch({ value: "2" }, { type: "none", value: "", ttlMs: -2 }), true],
  ["of unknown limit one that never falls may be locked", null, watch({ value: "2" }), false],
  ["of unknown limit one that falls gives back", null, watch({ value: "2" }, { value: "1" }), true],
  [
    "but the first look may have seen a refused call",
    null,
    watchOf([sample({}), sample({ value: "2", timeMs: NOW + 2000 })]),
    false,
  ],
  ["but not for long", null, watchOf([sample({}), sample({ value: "2", timeMs: NOW + 2001 })]), true],
  ["of unknown limit one call may be left behind", null, watch({ value: "1" }), false],
  ["of unknown limit one success shows calls that live", null, watch({ value: "2" }, { tokens: "40" }), true],
  ["of unknown limit nothing in flight is no lock", null, watch({ value: "0" }), true],
])("a watch of a counter ends as soon as more of it proves nothing: %s", (_, limit, watched, conclusive) => {
  expect(isSamplingConclusive(counted("2", { limit }), around())(watched)).toBe(conclusive);
});

test("what is missing is told where it is nothing but time, and not beside other evidence", () => {
  const counter = counted("2", { limit: 2, samples: watch({ value: "2" }) });
  const long = around({ longestCallMs: 600_000 });
  expect(collectEvidence(counter, long).short).toEqual({ observedMs: 65_000, neededMs: 600_000 });
  expect(collectEvidence(counter, around()).short).toBeNull();
  expect(collectEvidence({ ...counter, proven: rose(2, 2) }, long).short).toBeNull();
  expect(
    collectEvidence(counted("2", { limit: 2, samples: watch({ value: "2" }) }), { ...long, expected: "slots" }).short,
  ).toEqual({ observedMs: 65_000, neededMs: 600_000 });
});

test("a watch of another generation's key goes on, at any limit, until somebody moves the key", () => {
  for (const limit of [null, 1, 9]) {
    const conclusive = isSamplingConclusive(counted("2", { limit }), around({ expected: "slots" }));
    expect(conclusive(watch({ value: "2" }))).toBe(false);
    expect(conclusive(watch({ value: "2" }, { value: "3" }))).toBe(true);
  }
});
