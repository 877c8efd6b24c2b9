import { expect, test } from "vitest";
import { parallelKey } from "../../src/litellm/key-name.js";
import { orphanReason } from "../../src/litellm/namespace-rules.js";
import { HASH, named } from "./shapes/readings.js";

const raw = named(parallelKey(HASH));
const prefixed = named(parallelKey(HASH, "prod"));
const foreign = named(parallelKey(HASH, "staging"));

test("finds the spelling that a proxy with a namespace no longer admits by", () => {
  const orphans = (version: string) =>
    [raw, prefixed, foreign].map((name) => orphanReason(name, { version, namespace: "prod" }) !== undefined);
  expect(orphans("1.79.1")).toEqual([false, true, false]);
  expect(orphans("1.90.9")).toEqual([false, true, false]);
  expect(orphans("1.91.0")).toEqual([true, false, false]);
  expect(orphans("1.109.1")).toEqual([true, false, false]);
});

test("calls nothing an orphan when release or namespace are not known", () => {
  for (const name of [raw, prefixed]) {
    expect(orphanReason(name, { version: null, namespace: "prod" })).toBeUndefined();
    expect(orphanReason(name, { version: "1.109.1", namespace: null })).toBeUndefined();
  }
});

test("speaks of parallel counters only", () => {
  const rate = named(`{api_key:${HASH}}:requests`);
  expect(orphanReason(rate, { version: "1.109.1", namespace: "prod" })).toBeUndefined();
});
