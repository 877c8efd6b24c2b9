import { expect, test } from "vitest";
import { judgeLocked } from "../../../src/diagnose/evidence/locked.js";
import {
  addSample,
  extendSummary,
  MAX_GAP_MS,
  matchesSummary,
  type SampleSummary,
  sampledMs,
  startSummary,
} from "../../../src/diagnose/sampling/summary.js";
import type { Reading } from "../../../src/litellm/counters/read.js";
import type { Sample } from "../../../src/litellm/counters/sample.js";
import { NOW, sample, watchOf } from "../../support/counter-arbitraries.js";
import { counter } from "../../support/doctor-fixture.js";

const never = { requestsUntilMs: null, tokensUntilMs: null };

/** Looks a second apart. */
const seen = (...looks: Partial<Sample>[]) =>
  watchOf(looks.map((look, second) => sample({ timeMs: NOW + second * 1000, ...look })));

test("the first look has seen no change and no call", () => {
  const first = sample({ value: "3", requests: "7", tokens: "40" });
  expect(startSummary(first)).toEqual({
    first,
    last: first,
    unchanged: true,
    lowest: 3,
    lowestAtMs: NOW,
    endless: true,
    attempts: 0,
    successes: 0,
  });
  expect(startSummary(sample({ ttlMs: 50_000 })).endless).toBe(false);
  expect(startSummary(sample({ type: "zset", value: "1 ab" })).lowest).toBeNull();
  expect(startSummary(sample({ value: "abc" })).lowest).toBeNull();
});

test("a watch lasts from its first look to its last, by Redis' clock", () => {
  const watched = seen({}, {}, {});
  expect(watched).toMatchObject({ first: { timeMs: NOW }, last: { timeMs: NOW + 2000 } });
  expect(sampledMs(watched)).toBe(2000);
});

test.each([
  ["another value", { value: "4" }],
  ["another type, with the same text", { type: "zset" }],
  ["an expiry", { ttlMs: 50_000 }],
])("%s in one look is a change, though all was as before in the next: somebody uses the key", (_, other) => {
  expect(seen({}, {}, {}).unchanged).toBe(true);
  expect(seen({}, other, {}).unchanged).toBe(false);
  expect(seen({}, {}, other).unchanged).toBe(false);
});

test("an expiry that comes nearer is no change", () => {
  expect(seen({ ttlMs: 50_000 }, { ttlMs: 49_000 })).toMatchObject({ unchanged: true, endless: false });
});

test("a counter is endless only if it had no expiry in every look", () => {
  expect(seen({}, {}, {}).endless).toBe(true);
  expect(seen({}, { ttlMs: 50_000 }, {}).endless).toBe(false);
  expect(seen({ ttlMs: 50_000 }, {}, {}).endless).toBe(false);
});

test("the lowest number counts, whenever it was seen; there is none once the key was no number", () => {
  expect(seen({ value: "3" }, { value: "2" }, { value: "5" }).lowest).toBe(2);
  expect(seen({ value: "2" }, { value: "3" }).lowest).toBe(2);
  const gone = { type: "none", value: "", ttlMs: -2 };
  expect(seen({ value: "3" }, gone, { value: "3" }).lowest).toBeNull();
  expect(seen(gone, { value: "3" }).lowest).toBeNull();
  expect(seen({ value: "3" }, { type: "zset", value: "3" }).lowest).toBeNull();
});

type Rates = Partial<Pick<Sample, "window" | "requests" | "tokens">>;
type Case = [what: string, before: Rates, after: Rates, tokenLimited: boolean | null, attempts: number, success: 0 | 1];

test.each<Case>([
  ["nobody tries", { requests: "5", tokens: "40" }, { requests: "5", tokens: "40" }, true, 0, 0],
  ["no rate counters at all", {}, {}, null, 0, 0],
  ["three are refused", { requests: "5" }, { requests: "8" }, false, 3, 0],
  ["the first are refused", {}, { requests: "2", tokens: "2" }, true, 2, 0],
  ["refused ones add a token each", { requests: "5", tokens: "5" }, { requests: "8", tokens: "8" }, true, 3, 0],
  ["they may, for all we know", { requests: "5", tokens: "5" }, { requests: "8", tokens: "8" }, null, 3, 0],
  ["they do not without a limit", { requests: "5", tokens: "5" }, { requests: "8", tokens: "6" }, false, 3, 1],
  ["one token more than they add", { requests: "5", tokens: "5" }, { requests: "8", tokens: "9" }, true, 3, 1],
  ["many tokens are one success at least", { requests: "5" }, { requests: "6", tokens: "400" }, null, 1, 1],
  ["tokens are the only witness", { tokens: "5" }, { tokens: "6" }, true, 1, 0],
  ["of two tokens one is a success's", { tokens: "5" }, { tokens: "7" }, null, 2, 1],
  ["one is, without a limit", { tokens: "5" }, { tokens: "6" }, false, 1, 1],
  ["requests expire, tokens do not", { requests: "5", tokens: "5" }, { requests: "", tokens: "6" }, true, 0, 1],
  ["a new window", { window: "1", requests: "2" }, { window: "2", requests: "5", tokens: "5" }, true, 5, 0],
  ["a new window's tokens", { window: "1", tokens: "7" }, { window: "2", requests: "1", tokens: "8" }, true, 1, 1],
  ["begun anew within a window", { requests: "40", tokens: "40" }, { requests: "3", tokens: "3" }, true, 3, 0],
  ["tokens given back below zero", { requests: "5", tokens: "5" }, { requests: "5", tokens: "-3" }, true, 0, 0],
  ["what is no number tells nothing", { requests: "5" }, { requests: "x", tokens: "x" }, false, 0, 0],
  ["nor does what was none", { requests: "x", tokens: "x" }, { requests: "5", tokens: "40" }, false, 0, 0],
])("the rate counters tell attempts and successes apart: %s", (_, before, after, tokenLimited, attempts, successes) => {
  const until = (ms: number) => ({ requestsUntilMs: ms, tokensUntilMs: ms });
  const rolled = before.window !== after.window;
  const looks = [
    sample({ ...until(NOW + 100), ...before }),
    sample({ ...until(rolled ? NOW + 60_000 : NOW + 100), ...after }),
  ];
  const watched = watchOf(looks, tokenLimited);
  expect(watched).toMatchObject({ attempts, successes });
});

test("attempts and successes of all looks count: one success of long ago rules out a lock", () => {
  const busy = seen(
    { requests: "1", tokens: "30" },
    { requests: "2", tokens: "70" },
    { requests: "5", tokens: "73" },
    { requests: "6", tokens: "99" },
  );
  expect(busy).toMatchObject({ attempts: 5, successes: 2 });
  const { last } = busy;
  expect(addSample(busy, last, null)).toEqual(busy);
});

test.each<[string, Partial<Sample>[], number]>([
  [
    "the window expires some ms before tokens and requests",
    [{ window: "" }, { window: "", tokens: "", requests: "" }],
    0,
  ],
  ["a new window takes the tokens over: one attempt", [{ window: "2", tokens: "41", requests: "1" }], 1],
  ["tokens and requests never expire", [{ window: "" }].map((one) => ({ ...one, ...never })), 0],
])("what was counted before is not counted again where it stayed: %s", (_, looks, attempts) => {
  const before = sample({
    window: "1",
    tokens: "40",
    requests: "9",
    requestsUntilMs: NOW + 30,
    tokensUntilMs: NOW + 30,
  });
  const first = "tokensUntilMs" in (looks[0] ?? {}) ? { ...before, ...never } : before;
  expect(watchOf([first, ...looks.map((look) => ({ ...first, ...look }))], true)).toMatchObject({
    attempts,
    successes: 0,
  });
});

test("an expiry is the same again within some ms, for time and expiry are read one after another", () => {
  const before = sample({ window: "1", tokens: "40", tokensUntilMs: NOW + 30 });
  const later = (ms: number) => ({ ...before, window: "", tokensUntilMs: NOW + 30 + ms });
  for (const ms of [-10, -1, 1, 10]) expect(watchOf([before, later(ms)], true).successes).toBe(0);
  for (const ms of [-11, 11]) expect(watchOf([before, later(ms)], true).successes).toBe(1);
});

test("tokens that began anew in a new window are all new, though they are more than before", () => {
  const before = sample({ window: "1", tokens: "40", tokensUntilMs: NOW + 30 });
  const after = { ...before, window: "2", tokens: "45", tokensUntilMs: NOW + 60_000 };
  expect(watchOf([before, after], true).successes).toBe(1);
  expect(watchOf([before, { ...after, window: "1" }], true).successes).toBe(1);
});

test("the counter has not fallen since its lowest number was first seen", () => {
  expect(seen({ value: "6" }, { value: "5" }, { value: "6" }, { value: "5" }).lowestAtMs).toBe(NOW + 1000);
  expect(seen({ value: "5" }, { value: "6" }).lowestAtMs).toBe(NOW);
});

const reading = (more: Partial<Reading>): Reading => ({
  ...{ key: counter, type: "string", ttlMs: -1, timeMs: NOW + 9000, value: "3", size: 0, members: [] },
  ...more,
});

test("a key stands as watched with the type, the text and the expiry, or none, of the last look", () => {
  const endless = seen({ value: "2" }, { value: "3" });
  expect(matchesSummary(endless, reading({}))).toBe(true);
  for (const other of [{ value: "2" }, { ttlMs: 50_000 }, { type: "hash" }]) {
    expect(matchesSummary(endless, reading(other))).toBe(false);
  }
  const expiring = seen({ ttlMs: 50_000 });
  expect(matchesSummary(expiring, reading({ ttlMs: 30_000 }))).toBe(true);
  expect(matchesSummary(expiring, reading({}))).toBe(false);
});

test("an observation goes on up to the longest gap, and begins anew after a longer one or where time went back", () => {
  const gap = (ms: number) => {
    const first = startSummary(sample({ value: "2" }));
    return sampledMs(extendSummary(first, sample({ value: "2", timeMs: NOW + ms }), false));
  };
  expect(gap(MAX_GAP_MS)).toBe(MAX_GAP_MS);
  expect(gap(MAX_GAP_MS + 1)).toBe(0);
  expect(gap(-1)).toBe(0);
});

test("what a machine that stood still has not seen proves no lock: a call ended, another took its place, the window rolled", () => {
  const looks = [
    { timeMs: NOW, window: "A", requests: "9", tokens: "40" },
    { timeMs: NOW + 12_000, window: "B", requests: "1", tokens: "" },
    ...Array.from({ length: 594 }, (_, second) => ({
      ...{ timeMs: NOW + 13_000 + second * 1000, window: "B", requests: `${2 + second}`, tokens: "" },
    })),
  ].map((look) => sample({ value: "2", ttlMs: 58_000, ...look }));
  const seenOnce = looks.reduce<SampleSummary | undefined>((one, look) => extendSummary(one, look, false), undefined);
  const rule = { limit: 2, windowMs: 60_000, longestCallMs: 600_000, tokenLimited: false };
  expect(judgeLocked(seenOnce as SampleSummary, rule)).toMatchObject({ short: { observedMs: 594_000 } });
});
