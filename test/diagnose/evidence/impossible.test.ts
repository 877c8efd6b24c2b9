import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { CounterContext } from "../../../src/diagnose/counter.js";
import { judgeImpossible } from "../../../src/diagnose/evidence/impossible.js";
import { GARBAGE_AFTER_MS } from "../../../src/litellm/shapes/minute.js";
import { counterOf, NOW, sample, watchOf } from "../../support/counter-arbitraries.js";
import { counter, hash, member } from "../../support/doctor-fixture.js";

const counterContext: CounterContext = {
  expected: "slots",
  idle: null,
  olderThanMs: null,
  windowMs: 60_000,
  longestCallMs: 60_000,
};
const number = (value: string, ttlMs = -1) => ({ type: "string", ttlMs, timeMs: NOW, value, size: 0, members: [] });
const still = (value: string) =>
  watchOf([sample({ value }), sample({ value, timeMs: NOW + 30_000 }), sample({ value, timeMs: NOW + 65_000 })]);

test("a number of another generation that stood still, and stands so after the watch, is no live call's", () => {
  const subject = counterOf(counter, number("1"), { samples: still("1") });
  expect(judgeImpossible(subject, counterContext)).toMatchObject({
    kind: "impossible",
    why: expect.stringMatching(/^a number of another generation/),
  });
});

test("a watch of just a window will do", () => {
  const whole = watchOf([sample({ value: "1" }), sample({ value: "1", timeMs: NOW + counterContext.windowMs })]);
  const subject = counterOf(counter, number("1"), { samples: whole });
  expect(judgeImpossible(subject, counterContext)).toMatchObject({ kind: "impossible" });
});

test("of the proxy's own generation, or where nobody knows it, nothing is impossible", () => {
  const subject = counterOf(counter, number("1"), { samples: still("1") });
  for (const expected of ["windowed", "minute", null] as const) {
    expect(judgeImpossible(subject, { ...counterContext, expected })).toBeUndefined();
  }
});

test("one with an expiry is an older pod's or expires, and one that was not watched proves nothing", () => {
  const expiring = counterOf(counter, number("1", 50_000), { samples: still("1") });
  expect(judgeImpossible(expiring, counterContext)).toMatchObject({
    not: expect.stringMatching(/^a number .* with an expiry/),
  });
  const unwatched = counterOf(counter, number("1"));
  expect(judgeImpossible(unwatched, counterContext)).toMatchObject({ not: expect.stringMatching(/^not watched/) });
});

test("one that moved during the watch is somebody's, though it is again as it was", () => {
  const moved = watchOf(["1", "2", "1"].map((value, at) => sample({ value, timeMs: NOW + at * 40_000 })));
  const subject = counterOf(counter, number("1"), { samples: moved });
  expect(judgeImpossible(subject, counterContext)).toMatchObject({ not: expect.stringMatching(/still uses it/) });
});

test("a minute without expiry is nobody's once it is over in every time zone, and not a millisecond before", () => {
  const name = `${hash}::2026-09-20-10-30::request_count`;
  const overMs = Date.UTC(2026, 8, 20, 10, 31) + GARBAGE_AFTER_MS;
  const judge = (timeMs: number, ttlMs = -1) =>
    judgeImpossible(counterOf(name, { ...number('{"current_requests": 2}', ttlMs), timeMs }), counterContext);
  expect(judge(overMs)).toBeUndefined();
  expect(judge(overMs + 1)).toMatchObject({ kind: "impossible", why: expect.stringMatching(/its minute is over/) });
  expect(judge(overMs + 1, 50_000)).toBeUndefined();
});

test("one look, or a watch shorter than a window, proves nothing: an older pod may have a long call there", () => {
  for (const seconds of [0, 59]) {
    const watched = watchOf([sample({ value: "1" }), sample({ value: "1", timeMs: NOW + seconds * 1000 })]);
    const subject = counterOf(counter, number("1"), { samples: watched });
    expect(judgeImpossible(subject, counterContext)).toMatchObject({
      not: expect.stringMatching(/did not move for .*, but calls in flight look the same and may take up to 60 s/),
    });
  }
});

test("a call of an older pod keeps the key still for as long as it takes: the longest call has to be over", () => {
  const long = { ...counterContext, longestCallMs: 600_000 };
  const watched = (seconds: number) =>
    counterOf(counter, number("1"), {
      samples: watchOf([sample({ value: "1" }), sample({ value: "1", timeMs: NOW + seconds * 1000 })]),
    });
  expect(judgeImpossible(watched(599), long)).toMatchObject({ short: { observedMs: 599_000, neededMs: 600_000 } });
  expect(judgeImpossible(watched(600), long)).toMatchObject({ kind: "impossible" });
});

test("one that moved between the last look of the watch and the reading is somebody's", () => {
  const subject = counterOf(counter, number("2"), { samples: still("1") });
  expect(judgeImpossible(subject, counterContext)).toMatchObject({ not: expect.stringMatching(/still uses it/) });
});

test("the same of a sorted set under a proxy that keeps numbers", () => {
  const set = (...slots: number[]) => ({
    ...number(""),
    ...{ type: "zset", size: slots.length, members: slots.map((n) => ({ id: member(n), score: n })) },
  });
  const at = (value: string, timeMs: number) => sample({ type: "zset", value, timeMs });
  const text = `${member(1)} 1 ${member(2)} 2`;
  const value = `2 ${createHash("sha1").update(text).digest("hex")}`;
  const watched = watchOf([at(value, NOW), at(value, NOW + 65_000)]);
  const judge = (reading: ReturnType<typeof set>) =>
    judgeImpossible(counterOf(counter, reading, { samples: watched }), { ...counterContext, expected: "windowed" });
  expect(judge(set(1, 2))).toMatchObject({ kind: "impossible", why: expect.stringMatching(/^a sorted set/) });
  expect(judge(set(1, 3))).toHaveProperty("not");
  const anew = set(1, 2);
  expect(judge({ ...anew, members: anew.members.map((one) => ({ ...one, score: 7 })) })).toHaveProperty("not");
  expect(judge(set(1, 2, 3))).toHaveProperty("not");
});
