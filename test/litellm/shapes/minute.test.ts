import { expect, test } from "vitest";
import { GARBAGE_AFTER_MS, minute, minuteAgeMs } from "../../../src/litellm/shapes/minute.js";
import { HASH, NOW, named, other, set, text } from "./readings.js";

const HOUR = 3_600_000;
const json = (requests: unknown) => JSON.stringify({ current_requests: requests, current_tpm: 8, current_rpm: 1 });

/** The name of the minute that began so long before now, in UTC. */
const begun = (ago: number) =>
  named(`${HASH}::${new Date(NOW - ago).toISOString().slice(0, 16).replace(/[T:]/g, "-")}::request_count`);

test.each([
  [json(2), 50_000, 0, 5, "ok"],
  [json(5), 50_000, 0, 5, "full"],
  [json(6), 50_000, 0, 5, "full"],
  [json(5), 50_000, 0, null, "ok"],
  [json(-1), 50_000, 0, 5, "negative"],
  [json(2), -1, 25 * HOUR, 5, "ok"],
  [json(2), -1, 27 * HOUR, 5, "orphan"],
  [json(2), 50_000, 27 * HOUR, 5, "ok"],
  ["2", 50_000, 0, 5, "wrong-type"],
  ["null", 50_000, 0, 5, "wrong-type"],
  ["{", 50_000, 0, 5, "wrong-type"],
  [json("2"), 50_000, 0, 5, "wrong-type"],
] as const)("%s with TTL %i, begun %i ms ago, of limit %s is %s", (value, ttlMs, ago, limit, state) => {
  expect(minute.judge(begun(ago), text(value, ttlMs), { limit, expected: "minute" }).state).toBe(state);
});

test("is of the wrong type when it is no string", () => {
  for (const reading of [set(1000), other("hash")]) {
    expect(minute.judge(begun(0), reading, { limit: 5, expected: "minute" }).state).toBe("wrong-type");
  }
});

test("waits with calling a minute over until it is so in every time zone", () => {
  // A proxy at UTC−12 writes names 12 h behind; one at UTC+14 names 14 h ahead.
  expect(GARBAGE_AFTER_MS).toBeGreaterThanOrEqual((12 + 14) * HOUR);
  expect(minuteAgeMs("2026-11-23-11-58", NOW)).toBe(60_000);
  expect(minuteAgeMs("2026-11-24-02-00", NOW)).toBeLessThan(0);
  expect(minuteAgeMs("not-a-time", NOW)).toBeNull();
  expect(minuteAgeMs("", NOW)).toBeNull();
});
