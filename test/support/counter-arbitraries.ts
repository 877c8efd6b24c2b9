import fc from "fast-check";
import type { Counter, CounterContext } from "../../src/diagnose/counter.js";
import type { ProvenByRuns } from "../../src/diagnose/evidence/run-proofs.js";
import { addSample, type SampleSummary, startSummary } from "../../src/diagnose/sampling/summary.js";
import type { Reading } from "../../src/litellm/counters/read.js";
import type { Sample } from "../../src/litellm/counters/sample.js";
import { parseKeyName } from "../../src/litellm/key-name.js";
import { shapeOf } from "../../src/litellm/shapes/index.js";
import { numberIn } from "../../src/litellm/shapes/windowed.js";
import { counter, hash, member } from "./doctor-fixture.js";

/** Redis TIME of every generated reading, ms. */
export const NOW = 1_790_000_000_000;

const text = (type: string, value: string, ttlMs: number): Omit<Reading, "key"> => ({
  type,
  ttlMs,
  timeMs: NOW,
  value,
  size: 0,
  members: [],
});

export const sample = (parts: Partial<Sample>): Sample => ({
  type: "string",
  ttlMs: -1,
  timeMs: NOW,
  value: "3",
  window: "",
  requests: "",
  tokens: "",
  requestsUntilMs: null,
  tokensUntilMs: null,
  ...parts,
});

/** Folds samples as a watch does. */
export const watchOf = ([first, ...rest]: readonly Sample[], tokenLimited: boolean | null = null): SampleSummary =>
  rest.reduce((watched, one) => addSample(watched, one, tokenLimited), startSummary(first as Sample));

export function counterOf(name: string, reading: Omit<Reading, "key">, more: Partial<Counter> = {}): Counter {
  const parsed = parseKeyName(name);
  if (!parsed) throw new Error(`not a limiter key: ${name}`);
  const whole = { ...reading, key: name };
  const shape = shapeOf(parsed, whole);
  return {
    name: parsed,
    reading: whole,
    shape: shape?.kind ?? null,
    alias: null,
    limit: null,
    limitFrom: null,
    tokenLimited: null,
    held: shape?.kind === "windowed" ? numberIn(whole) : (shape?.held(whole) ?? null),
    state: "ok",
    why: "",
    orphan: undefined,
    notOurs: null,
    onlyNamed: false,
    proven: null,
    samples: null,
    ...more,
  };
}

const ttl = fc.constantFrom(-1, 1, 30_000, 60_000, 3_600_000);
const value = fc.oneof(fc.integer({ min: -5, max: 30 }).map(String), fc.constantFrom("", "2.5", "abc", "1e3"));
const names = fc.constantFrom(
  counter,
  `prod:${counter}`,
  `${hash}::2026-09-19-02-28::request_count`,
  `${hash}::2026-09-21-02-28::request_count`,
);

const members = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 40 }).map(member),
    score: fc.integer({ min: NOW / 1000 - 8000, max: NOW / 1000 }),
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 12 },
);

const readings: fc.Arbitrary<Omit<Reading, "key">> = fc.oneof(
  fc.tuple(value, ttl).map(([one, ms]) => text("string", one, ms)),
  fc.tuple(members, ttl).map(([slots, ms]) => ({ ...text("zset", "", ms), size: slots.length, members: slots })),
  fc.tuple(fc.constantFrom("list", "hash", "stream"), ttl).map(([type, ms]) => text(type, "", ms)),
  fc.constant(text("string", '{"current_requests": 2, "current_tpm": 0, "current_rpm": 2}', -1)),
);

const samples = fc
  .array(
    fc.record({
      type: fc.constantFrom("string", "string", "string", "zset", "none"),
      ttlMs: fc.constantFrom(-1, -1, 50_000),
      value,
      requests: fc.constantFrom("", "1", "5", "9"),
      tokens: fc.constantFrom("", "1", "40"),
      gapMs: fc.integer({ min: 1, max: 30_000 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => {
    let timeMs = NOW;
    return list.map(({ gapMs, ...one }) => {
      timeMs += gapMs;
      return sample({ ...one, timeMs });
    });
  });

const proofs: fc.Arbitrary<ProvenByRuns> = fc.record({
  runs: fc.constant(["run-1"]),
  slots: fc.array(
    fc.record({
      id: fc.integer({ min: 1, max: 40 }).map(member),
      score: fc.integer({ min: NOW / 1000 - 8000, max: NOW / 1000 }),
    }),
    { maxLength: 6 },
  ),
  rise: fc.option(
    fc.record({
      by: fc.integer({ min: 1, max: 6 }),
      to: fc.integer({ min: 1, max: 12 }),
      endless: fc.boolean(),
      fromMs: fc.constant(NOW - 3_700_000),
      untilMs: fc.integer({ min: NOW - 3_600_000, max: NOW }),
      expiresMs: fc.option(fc.integer({ min: NOW - 3_600_000, max: NOW + 60_000 })),
    }),
  ),
});

/** Any key at all, with anything at all known of it. */
export const anyCounter: fc.Arbitrary<Counter> = fc
  .record({
    name: names,
    reading: readings,
    limit: fc.option(fc.integer({ min: 1, max: 10 })),
    proven: fc.option(proofs),
    watched: fc.option(samples),
    tokenLimited: fc.constantFrom(true, false, null),
  })
  .map(({ name, reading, watched, tokenLimited, ...more }) =>
    counterOf(name, reading, { ...more, tokenLimited, samples: watched && watchOf(watched, tokenLimited) }),
  );

export const anyCircumstances: fc.Arbitrary<CounterContext> = fc.record({
  expected: fc.constantFrom("slots", "windowed", "minute", null),
  idle: fc.constantFrom(null, null, null, "operator", "worker"),
  olderThanMs: fc.option(fc.integer({ min: 0, max: 7_200_000 })),
  windowMs: fc.constant(60_000),
  longestCallMs: fc.constantFrom(60_000, 600_000),
});
