import { expect, test } from "vitest";
import { WorkerCache } from "../../src/lab/worker-cache.js";

test("a value lives for its time from its first write, however often it is written", () => {
  let now = 0;
  const cache = new WorkerCache(() => now);
  cache.set("counter", 1, 60);
  now = 59_000;
  cache.set("counter", 2, 60);
  cache.add("counter", 3, 60);
  expect(cache.get("counter")).toBe(5);
  now = 60_001;
  expect(cache.get("counter")).toBeUndefined();
  cache.add("counter", -1, 60);
  expect(cache.get("counter")).toBe(-1);
  now = 120_000;
  expect(cache.get("counter")).toBe(-1);
});
