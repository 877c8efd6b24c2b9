import { expect, test } from "vitest";
import { judgeLocked } from "../../../src/diagnose/evidence/locked.js";
import type { Sample } from "../../../src/litellm/counters/sample.js";
import { NOW, sample, watchOf } from "../../support/counter-arbitraries.js";

const WINDOW = 60_000;

/** A sample every second of 65; `at` says what is there in that second. */
const minute = (at: (second: number) => Partial<Sample>, seconds = 65): Sample[] =>
  Array.from({ length: seconds + 1 }, (_, second) => sample({ timeMs: NOW + second * 1000, ...at(second) }));

/** As an operator has it who says that no call takes longer than a window. */
const judge = (samples: readonly Sample[], limit: number | null, tokenLimited: boolean | null = false, more = {}) =>
  judgeLocked(watchOf(samples, tokenLimited), {
    ...{ limit, windowMs: WINDOW, longestCallMs: WINDOW, tokenLimited },
    ...more,
  });

test("1.79.1: above the limit and without expiry for a window is locked, though no attempts", () => {
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
  expect(until(WINDOW - 1)).toMatchObject({ not: expect.stringMatching(/looked locked for .*, but calls in flight/) });
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
  ).toMatchObject({ not: expect.stringMatching(/looked locked for .*, but calls in flight/) });
  const retried = (s: number) => ({ value: "5", ttlMs: 58_000, window: "1", requests: `${s}` });
  expect(judge(minute(retried, 30), 5)).toMatchObject({
    not: expect.stringMatching(/looked locked for .*, but calls in flight/),
  });
});

test("above the limit without expiry, a watch shorter than a window proves nothing: refused calls are counted too", () => {
  expect(
    judge(
      minute(() => ({ value: "3" }), 59),
      2,
    ),
  ).toMatchObject({ not: expect.stringMatching(/looked locked for .*, but calls in flight/) });
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
  ).toMatchObject({ not: expect.stringMatching(/^no attempts: it expires in /) });
});

test.each<[string, Partial<Sample>]>([
  ["went away", { type: "none", value: "", ttlMs: -2 }],
  ["changed its type", { type: "zset", value: "5 a b" }],
])("a key that %s during the watch is no lock, and the operator reads so", (_, other) => {
  const samples = minute((s) => (s === 30 ? other : { value: "5" }));
  expect(judge(samples, 5)).toMatchObject({ not: expect.stringMatching(/^it went away or changed its type/) });
});

test("what the last sample shows goes with the evidence, for the act to look at again", () => {
  const until = { requestsUntilMs: 7, tokensUntilMs: 8 };
  const sticky = (s: number) => ({
    ...{ value: "5", ttlMs: 57_000, window: "9", requests: `${14 + s}`, tokens: "4" },
    ...until,
  });
  const untilMs = NOW + 65_000 + 57_000;
  const expiries = { untilMs, requestsUntilMs: 7, tokensUntilMs: 8 };
  const since = { window: "9", requests: "79", tokens: "4", tokenLimited: false, ...expiries };
  expect(judge(minute(sticky), 5)).toMatchObject({ since });
  expect(judge(minute(sticky), 5, null)).toMatchObject({ since: { ...since, tokenLimited: true } });
  expect(
    judge(
      minute(() => ({ value: "3" })),
      2,
    ),
  ).toMatchObject({ since: { untilMs: 0 } });
});

/** 1.85.7, healthy: two calls of `longS` seconds hold the key at its limit, and a client retries every 3 s. */
const longCalls = (longS: number, seconds: number) =>
  minute((s) => {
    const ended = s >= longS;
    return { value: ended ? "0" : "2", ttlMs: 58_000, window: "9", requests: `${2 + Math.floor(s / 3)}` };
  }, seconds);

test("two calls of 100 s beside a client that retries are no lock after 65 s, nor when they end", () => {
  const tenMinutes = { longestCallMs: 600_000 };
  expect(judge(longCalls(100, 65), 2, false, tenMinutes)).toMatchObject({
    not: expect.stringMatching(/looked locked for 65 s, but calls in flight look the same and may take up to 10 min/),
    short: { observedMs: 65_000, neededMs: 600_000 },
  });
  expect(judge(longCalls(100, 110), 2, false, tenMinutes)).toMatchObject({ not: expect.stringMatching(/fell to 0/) });
});

test("as long as the longest call proves it, to the millisecond, and not longer", () => {
  const sticky = (ms: number) => [0, ms].map((at) => sample({ value: "2", timeMs: NOW + at }));
  const of = (longestCallMs: number, ms: number) => judge(sticky(ms), 2, false, { longestCallMs });
  expect(of(600_000, 599_999)).toHaveProperty("short");
  expect(of(600_000, 600_000)).toMatchObject({ kind: "locked", longestCallMs: 600_000 });
  expect(of(90_000, 90_000)).toMatchObject({ kind: "locked", watchedMs: 90_000 });
});

test("no word of short calls makes an observation of less than a window enough", () => {
  const long = minute(() => ({ value: "2" }), 100);
  expect(judge(long, 2, false, { longestCallMs: 1000, windowMs: 300_000 })).toMatchObject({
    short: { observedMs: 100_000, neededMs: 300_000 },
  });
  // The counter's own expiry shows a longer window than the one that was named.
  const shown = minute((s) => ({ value: "2", ttlMs: 224_000 - 1000 * s, requests: `${s}` }), 100);
  expect(judge(shown, 2, false, { longestCallMs: 1000 })).toMatchObject({
    short: { observedMs: 100_000, neededMs: 224_000 },
  });
});

test("an observation that proves nothing else is not called short", () => {
  const busy = minute((s) => ({ value: "2", requests: `${s}`, tokens: `${40 * s}` }), 10);
  for (const samples of [busy, longCalls(5, 10)]) expect(judge(samples, 2)).not.toHaveProperty("short");
});

test("without a limit: attempts, none succeeds, and it never falls", () => {
  const retried = (s: number) => ({ value: "4", ttlMs: 58_000, window: "9", requests: `${s}` });
  expect(judge(minute(retried), null)).toMatchObject({ kind: "locked", limit: null, lowest: 4 });
  expect(
    judge(
      minute(() => ({ value: "1" })),
      null,
    ),
  ).toMatchObject({ kind: "locked", lowest: 1, attempts: 0 });
  expect(judge(minute(retried, 30), null)).toHaveProperty("short");
  const busy = (s: number) => ({ ...retried(s), tokens: `${40 * Math.floor(s / 20)}` });
  expect(judge(minute(busy), null)).toMatchObject({ not: expect.stringMatching(/succeed/) });
});

test("without a limit time counts from the last fall on: the call that ended then is no part of a lock", () => {
  const falls = (at: number) => (s: number) => ({ value: s < at ? "5" : "4" });
  expect(judge(minute(falls(2)), null)).toMatchObject({ kind: "locked", lowest: 4, watchedMs: 63_000 });
  expect(judge(minute(falls(40)), null)).toMatchObject({ short: { observedMs: 25_000 } });
});

test("without a limit what was added may be calls in flight, so nothing is taken away", () => {
  const rises = minute((s) => ({ value: s < 60 ? "1" : "2" }));
  expect(judge(rises, null)).toMatchObject({ not: expect.stringMatching(/rose from 1 to 2.*--limit/) });
  for (const value of ["0", "-3"]) {
    expect(
      judge(
        minute(() => ({ value })),
        null,
      ),
    ).toMatchObject({ not: expect.stringMatching(/no call is counted/) });
  }
});
