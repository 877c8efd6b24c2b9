import { expect, test } from "vitest";
import { windowed } from "../../../src/litellm/shapes/windowed.js";
import { PARALLEL, text } from "./readings.js";

const MINUTE = 60_000;

test.each([
  ["3", MINUTE, 5, "ok"],
  ["0", -1, 5, "ok"],
  ["5", MINUTE, 5, "full"],
  ["7", MINUTE, 5, "full"],
  // Two long chat calls on a healthy 1.79.1 key look just so: at the limit without expiry is no proof.
  ["5", -1, 5, "full"],
  ["6", -1, 5, "stuck"],
  ["-1", MINUTE, 5, "negative"],
  ["-14", MINUTE, null, "negative"],
  ["3", -1, null, "ok"],
  ["999", -1, null, "ok"],
  ["0", MINUTE, 0, "full"],
  ["", MINUTE, 5, "wrong-type"],
  ["five", MINUTE, 5, "wrong-type"],
  ['{"current_requests": 2}', MINUTE, 5, "wrong-type"],
] as const)("value %s with TTL %i of limit %s is %s", (value, ttlMs, limit, state) => {
  expect(windowed.judge(PARALLEL, text(value, ttlMs), { limit, expected: "windowed" }).state).toBe(state);
});

test("is of the wrong type under a release that keeps slots, whatever its value", () => {
  for (const value of ["0", "3", "-3"]) {
    const judged = windowed.judge(PARALLEL, text(value), { limit: 5, expected: "slots" });
    expect(judged.state, value).toBe("wrong-type");
  }
});

test("says what a missing expiry may mean", () => {
  const { why } = windowed.judge(PARALLEL, text("2", -1), { limit: 5, expected: "windowed" });
  expect(why).toBe("2 in flight or left behind; no expiry");
  expect(windowed.judge(PARALLEL, text("2"), { limit: 5, expected: "windowed" }).why).toBe("2 in flight");
});

test("reads numbers as INCR and INCRBYFLOAT write them", () => {
  const held = ["5", "-1", "0", "4.5", "1e+20", "-3e-2"].map((value) => windowed.held(text(value)));
  expect(held).toEqual([5, -1, 0, 4.5, 1e20, -0.03]);
  for (const value of ["", " 5", "5 ", "nan", "inf", "0x5", "5;", "+5", "5.", ".5"])
    expect(windowed.held(text(value)), value).toBeNull();
});

test("knows no age", () => {
  expect(windowed.oldestMs(text("5"))).toBeNull();
});
