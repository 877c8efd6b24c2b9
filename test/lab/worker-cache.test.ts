import { expect, test } from "vitest";
import { Mirror } from "../../src/lab/worker-cache.js";

test("a value lives for its time from its first write, however often it is written", () => {
  let now = 0;
  const mirror = new Mirror(() => now);
  mirror.set("counter", 1, 60);
  now = 59_000;
  mirror.set("counter", 2, 60);
  mirror.add("counter", 3, 60);
  expect(mirror.get("counter")).toBe(5);
  now = 60_001;
  expect(mirror.get("counter")).toBeUndefined();
  mirror.add("counter", -1, 60);
  expect(mirror.get("counter")).toBe(-1);
  now = 120_000;
  expect(mirror.get("counter")).toBe(-1);
});
