import { expect, test } from "vitest";
import type { Diagnosis } from "../../src/diagnose/diagnose.js";
import { known } from "../../src/diagnose/lookup.js";
import { plan } from "../../src/diagnose/plan.js";
import { supposedLocks } from "../../src/doctor/long-calls.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { counterOf, NOW, sample, watchOf } from "../support/counter-arbitraries.js";

const name = parallelKey("a".repeat(64));
const samples = watchOf(
  Array.from({ length: 66 }, (_, second) => sample({ value: "2", timeMs: NOW + second * 1000 })),
  false,
);
const reading = { type: "string", ttlMs: -1, timeMs: NOW + 65_000, value: "2", size: 0, members: [] };
const counter = counterOf(name, reading, { limit: 2, samples });
const counterContext = {
  ...{ expected: null, idle: null, olderThanMs: null },
  ...{ windowMs: 60_000, longestCallMs: 600_000 },
};

const diagnosisOn = (kind: "same" | "other") =>
  ({
    counters: known([counter]),
    counterContext,
    plan: plan([counter], counterContext),
    evidence: new Map([[name, { evidence: [], doubts: [], short: { observedMs: 65_000, neededMs: 600_000 } }]]),
    redisIdentity: known({ kind, why: "" }),
  }) as unknown as Diagnosis;

test("a counter that looks locked is asked about in the limiter's Redis, and in no other", () => {
  expect(supposedLocks(diagnosisOn("same"))?.repairs).toHaveLength(1);
  expect(supposedLocks(diagnosisOn("other"))).toBeNull();
});
