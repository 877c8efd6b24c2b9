import fc from "fast-check";
import { expect, test } from "vitest";
import { LlmctlError } from "../../src/errors.js";
import { type FieldFlags, fieldsFrom } from "../../src/keys/fields.js";

const exitOf = (flags: FieldFlags, mayTakeAway = false): number => {
  try {
    fieldsFrom(flags, mayTakeAway);
    return 0;
  } catch (error) {
    if (error instanceof LlmctlError) return error.exit;
    throw error;
  }
};

test("gives every flag LiteLLM's own name, and nothing that was not typed", () => {
  const flags: FieldFlags = {
    alias: "ci",
    maxParallelRequests: "5",
    rpm: "100",
    tpm: "2000",
    models: " gpt-4o, claude ,",
    duration: "30d",
    budget: "12.50",
    team: "t",
    user: "u",
    metadata: ["owner=ci", "query=a=b"],
  };
  expect(fieldsFrom(flags, false)).toEqual({
    key_alias: "ci",
    max_parallel_requests: 5,
    rpm_limit: 100,
    tpm_limit: 2000,
    models: ["gpt-4o", "claude"],
    duration: "30d",
    max_budget: 12.5,
    team_id: "t",
    user_id: "u",
    metadata: { owner: "ci", query: "a=b" },
  });
  expect(fieldsFrom({}, false)).toEqual({});
});

test("takes a limit away with none in an update only", () => {
  const none = {
    maxParallelRequests: "none",
    rpm: "none",
    tpm: "none",
    budget: "none",
    duration: "none",
    models: "none",
  };
  expect(fieldsFrom(none, true)).toEqual({
    max_parallel_requests: null,
    rpm_limit: null,
    tpm_limit: null,
    max_budget: null,
    duration: null,
    models: [],
  });
  for (const name of ["maxParallelRequests", "rpm", "tpm", "budget", "duration"])
    expect(exitOf({ [name]: "none" })).toBe(2);
});

test("refuses zero, negative, fractional and unreadable limits", () => {
  const bad = ["0", "-1", "1.5", "", " ", "five", "1e3", "0x10", "99999999999999999999", "NaN", "Infinity"];
  for (const name of ["maxParallelRequests", "rpm", "tpm"]) {
    for (const text of bad) expect(exitOf({ [name]: text }, true), `${name} ${text}`).toBe(2);
  }
  for (const text of ["0", "-1", "", "free", "1e400", "0.0"]) expect(exitOf({ budget: text }), text).toBe(2);
});

test("refuses a parallel limit that LiteLLM's database cannot store", () => {
  expect(exitOf({ maxParallelRequests: "2147483647" })).toBe(0);
  expect(exitOf({ maxParallelRequests: "2147483648" })).toBe(2);
  expect(exitOf({ tpm: "2147483648" })).toBe(0);
});

test("refuses empty names, models of nothing and notes without a name", () => {
  for (const flags of [{ alias: " " }, { team: "" }, { user: "" }, { models: " , " }]) expect(exitOf(flags)).toBe(2);
  for (const word of ["owner", "=ci", ""]) expect(exitOf({ metadata: [word] }), word).toBe(2);
});

test("keeps notes of any name and value whole", () => {
  const name = fc.string({ minLength: 1 }).filter((text) => !text.includes("="));
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, fc.string()), { selector: ([key]) => key }), (pairs) => {
      const { metadata = {} } = fieldsFrom({ metadata: pairs.map(([key, value]) => `${key}=${value}`) }, false);
      expect(Object.entries(metadata).sort()).toEqual(pairs.sort());
    }),
  );
});

test("never lets a limit through that is not a whole number above zero", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
      if (exitOf({ maxParallelRequests: text }) !== 0) return;
      const { max_parallel_requests } = fieldsFrom({ maxParallelRequests: text }, false);
      expect(max_parallel_requests).toBeGreaterThanOrEqual(1);
      expect(Number.isSafeInteger(max_parallel_requests)).toBe(true);
    }),
  );
});
