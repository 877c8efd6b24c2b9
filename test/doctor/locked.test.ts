import { expect, test } from "vitest";
import { judgeLocked } from "../../src/doctor/evidence/locked.js";
import type { Sample } from "../../src/litellm/sample.js";
import { NOW, sample, watchOf } from "./patients.js";

const WINDOW = 60_000;

/** A sample every second of 65; `at` says what is there in that second. */
const minute = (at: (second: number) => Partial<Sample>, seconds = 65): Sample[] =>
  Array.from({ length: seconds + 1 }, (_, second) => sample({ timeMs: NOW + second * 1000, ...at(second) }));

const judge = (samples: readonly Sample[], limit: number, tokenLimited: boolean | null = false) =>
  judgeLocked(watchOf(samples, tokenLimited), limit, WINDOW, tokenLimited);

test("1.79.1: above the limit and without expiry for a window is locked, though nobody tries", () => {
  expect(
    judge(
      minute(() => ({ value: "3" })),
      2,
    ),
  ).toMatchObject({ kind: "locked", lowest: 3, attempts: 0, watchedMs: 65_000 });
});

test("1.79.1: refused calls that raise the counter further do not unlock it", () => {
  expect(
    judge(
      minute((s) => ({ value: `${3 + Math.floor(s / 60)}` })),
      2,
    ),
  ).toMatchObject({ kind: "locked", lowest: 3 });
});

test("a watch of a whole window is enough, to the millisecond", () => {
  const until = (ms: number) => judge([sample({ value: "2" }), sample({ value: "2", timeMs: NOW + ms })], 2);
  expect(until(WINDOW)).toMatchObject({ kind: "locked", watchedMs: WINDOW });
  expect(until(WINDOW - 1)).toMatchObject({ not: expect.stringMatching(/whole window/) });
});

test("two long calls at the limit that end within the window are not a lock", () => {
  const ending = minute((s) => ({ value: s < 40 ? "2" : s < 50 ? "1" : "0", ttlMs: s < 40 ? -1 : 60_000 }));
  expect(judge(ending, 2)).toMatchObject({ not: expect.stringMatching(/fell to 0/) });
});

test("exactly at the limit, a watch shorter than a window proves nothing", () => {
  expect(
    judge(
      minute(() => ({ value: "2" }), 30),
      2,
    ),
  ).toMatchObject({ not: expect.stringMatching(/whole window/) });
  const retried = (s: number) => ({ value: "5", ttlMs: 58_000, window: "1", requests: `${s}` });
  expect(judge(minute(retried, 30), 5)).toMatchObject({ not: expect.stringMatching(/whole window/) });
});

test("above the limit without expiry, a watch shorter than a window proves nothing: refused calls are counted too", () => {
  expect(
    judge(
      minute(() => ({ value: "3" }), 59),
      2,
    ),
  ).toMatchObject({ not: expect.stringMatching(/whole window/) });
});

test("above the limit with an expiry, a shorter watch proves nothing", () => {
  expect(
    judge(
      minute((s) => ({ value: "7", ttlMs: 55_000, requests: `${s}` }), 30),
      5,
    ),
  ).toHaveProperty("not");
});

test("sticky at the limit: attempts come, none succeeds", () => {
  const sticky = (s: number) => ({ value: s % 4 === 0 ? "6" : "5", ttlMs: 57_000, window: "9", requests: `${14 + s}` });
  expect(judge(minute(sticky), 5)).toMatchObject({ kind: "locked", lowest: 5, attempts: 65 });
});

test("sticky across a window roll, where requests begin again", () => {
  const sticky = (s: number) => ({
    value: "5",
    ttlMs: 57_000,
    window: s < 30 ? "1" : "2",
    requests: `${s < 30 ? 40 + s : s - 29}`,
  });
  expect(judge(minute(sticky), 5)).toMatchObject({ kind: "locked", attempts: 65 });
});

test("a busy healthy key looks alike but for its tokens: not locked", () => {
  const busy = (s: number) => ({
    value: "5",
    ttlMs: 58_000,
    window: "9",
    requests: `${s}`,
    tokens: `${40 * Math.floor(s / 10)}`,
  });
  expect(judge(minute(busy), 5)).toMatchObject({ not: expect.stringMatching(/succeed/) });
});

test("one success among many refusals is a success, also where a tokens limit counts every attempt", () => {
  const once = (s: number) => ({
    value: "5",
    ttlMs: 58_000,
    window: "9",
    requests: `${10 * s}`,
    tokens: `${10 * s + (s > 20 ? 24 : 0)}`,
  });
  expect(judge(minute(once), 5, true)).toMatchObject({ not: expect.stringMatching(/succeed/) });
});

test("one token an attempt is what a tokens limit adds, and no success", () => {
  const both = (s: number) => ({ value: "5", ttlMs: 58_000, window: "9", requests: `${s}`, tokens: `${s}` });
  expect(judge(minute(both), 5, true)).toMatchObject({ kind: "locked" });
  expect(judge(minute(both), 5, false)).toHaveProperty("not");
  const tokensOnly = (s: number) => ({ value: "5", ttlMs: 58_000, window: "9", tokens: `${s}` });
  expect(judge(minute(tokensOnly), 5, true)).toMatchObject({ kind: "locked", attempts: 65 });
  const busy = (s: number) => ({ ...tokensOnly(s), tokens: `${s + 30 * Math.floor(s / 20)}` });
  expect(judge(minute(busy), 5, true)).toHaveProperty("not");
});

test("without attempts a counter with an expiry ends by itself", () => {
  expect(
    judge(
      minute((s) => ({ value: "5", ttlMs: 60_000 - s * 900 })),
      5,
    ),
  ).toMatchObject({ not: expect.stringMatching(/by itself/) });
});

test.each<[string, Partial<Sample>]>([
  ["went away", { type: "none", value: "", ttlMs: -2 }],
  ["changed its type", { type: "zset", value: "5 a b" }],
])("a key that %s during the watch is no lock, and the operator reads so", (_, other) => {
  const samples = minute((s) => (s === 30 ? other : { value: "5" }));
  expect(judge(samples, 5)).toMatchObject({ not: expect.stringMatching(/^it went away or changed its type/) });
});

test("what the last sample shows goes with the evidence, for the act to look at again", () => {
  const sticky = (s: number) => ({ value: "5", ttlMs: 57_000, window: "9", requests: `${14 + s}`, tokens: "4" });
  const untilMs = NOW + 65_000 + 57_000;
  const since = { window: "9", requests: "79", tokens: "4", tokenLimited: false, untilMs };
  expect(judge(minute(sticky), 5)).toMatchObject({ since });
  expect(judgeLocked(watchOf(minute(sticky)), 5, WINDOW)).toMatchObject({ since: { ...since, tokenLimited: true } });
  expect(
    judge(
      minute(() => ({ value: "3" })),
      2,
    ),
  ).toMatchObject({ since: { untilMs: 0 } });
});
