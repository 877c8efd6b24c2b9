import fc from "fast-check";
import { expect, test } from "vitest";
import { expiryAt, parseLifetime } from "../../src/keys/lifetime.js";
import { changedFields } from "../../src/keys/stored-diff.js";

const at = Date.parse("2026-01-31T12:00:00.000Z");
const end = (lifetime: string) => new Date(expiryAt(lifetime, at)).toISOString();

test("takes the times that LiteLLM takes", () => {
  for (const text of ["30s", "15m", "12h", "30d", "2w", "1mo", " 5d "])
    expect(parseLifetime(text, "--duration")).toBe(text.trim());
});

test("refuses what LiteLLM 1.79 would take without a word", () => {
  for (const text of [
    "soon",
    "",
    "30",
    "0s",
    "00d",
    "-1",
    "-5d",
    "1.5h",
    "30 days",
    "30days",
    "1y",
    "1ms",
    "2 d",
    "d",
  ]) {
    expect(() => parseLifetime(text, "--duration"), text).toThrow(/is not a time/);
  }
});

test("knows when a key ends, in months too", () => {
  expect([end("30s"), end("15m"), end("12h"), end("30d"), end("2w")]).toEqual([
    "2026-01-31T12:00:30.000Z",
    "2026-01-31T12:15:00.000Z",
    "2026-02-01T00:00:00.000Z",
    "2026-03-02T12:00:00.000Z",
    "2026-02-14T12:00:00.000Z",
  ]);
  expect([end("1mo"), end("2mo"), end("13mo")]).toEqual([
    "2026-02-28T12:00:00.000Z",
    "2026-03-31T12:00:00.000Z",
    "2027-02-28T12:00:00.000Z",
  ]);
});

test("calls an end another only when it is", () => {
  const of = (lifetime: string, expires: string | null) => changedFields({ duration: lifetime }, { expires }, at);
  expect(of("30d", "2026-03-02T12:00:03.500000+00:00")).toEqual([]);
  expect(of("30d", "2026-03-02T12:00:00Z")).toEqual([]);
  // LiteLLM 1.79.1 ends a key of 30 days on the first of the next month.
  expect(of("30d", "2026-02-01T00:00:00+00:00")).toEqual([
    { field: "expires", asked: "2026-03-02T12:00:00.000Z", stored: "2026-02-01T00:00:00+00:00" },
  ]);
  expect(of("30d", null)).toHaveLength(1);
  expect(of("30d", "nonsense")).toHaveLength(1);
  expect(changedFields({ duration: null }, { expires: null }, at)).toEqual([]);
  expect(changedFields({ duration: null }, { expires: "2026-02-01T00:00:00Z" }, at)).toHaveLength(1);
});

test("finds no change in a row that holds what was asked, whatever else it holds", () => {
  const limit = fc.option(fc.integer({ min: 1 }));
  const asked = fc.record(
    {
      key_alias: fc.string(),
      max_parallel_requests: limit,
      rpm_limit: limit,
      models: fc.array(fc.string()),
      metadata: fc.dictionary(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(asked, fc.dictionary(fc.string(), fc.jsonValue()), (fields, other) => {
      expect(changedFields(fields, { ...other, metadata: {}, ...JSON.parse(JSON.stringify(fields)) }, at)).toEqual([]);
    }),
  );
});
