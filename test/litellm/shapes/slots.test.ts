import { expect, test } from "vitest";
import { AGED_MS, slotAgeMs, slots } from "../../../src/litellm/shapes/slots.js";
import { NOW, PARALLEL, set } from "./readings.js";

const judge = (ages: number[], limit: number | null, expected: "slots" | "windowed" | null = "slots") =>
  slots.judge(PARALLEL, set(...ages), { limit, expected });

test.each([
  [[1000], 5, "ok"],
  [[1000], null, "ok"],
  [[3000, 2000, 1000], 3, "full"],
  [[4000, 3000, 2000, 1000], 3, "full"],
  [[AGED_MS - 1000], 5, "ok"],
  [[AGED_MS], 5, "stuck"],
  [[AGED_MS, 1000, 1000], 3, "stuck"],
  [[AGED_MS * 4], null, "stuck"],
  [[], 5, "ok"],
  [[], 0, "full"],
] as const)("slots of ages %j under limit %s are %s", (ages, limit, state) => {
  expect(judge([...ages], limit).state).toBe(state);
});

test("are of the wrong type under a release that keeps a number", () => {
  expect(judge([1000], 5, "windowed").state).toBe("wrong-type");
  expect(judge([1000], 5, null).state).toBe("ok");
});

test("never calls an old slot dead, for a hung call may be as old and alive", () => {
  expect(judge([20 * 60_000], 5).why).toMatch(/20 min old; a hung call can be as old and alive/);
});

test("counts members, also those that were not fetched", () => {
  expect(slots.held({ ...set(1000), size: 700 })).toBe(700);
});

test("measures age by Redis's clock, and a start in the future as new", () => {
  expect(slots.oldestMs(set(5000, 1000))).toBe(5000);
  expect(slots.oldestMs(set())).toBeNull();
  expect(slotAgeMs(set(), (NOW + 3000) / 1000)).toBe(0);
});
