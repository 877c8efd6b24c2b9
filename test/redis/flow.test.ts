import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { merge } from "../../src/redis/merge-streams.js";
import { ahead } from "../../src/redis/prefetch.js";
import { collect } from "../support/collect.js";

async function* numbers(from: number, to: number, everyMs = 0, fails = false) {
  for (let at = from; at < to; at++) {
    await sleep(everyMs);
    yield at;
  }
  if (fails) throw new Error("broken source");
}

test("merges sources side by side: the slow one does not hold up the quick one", async () => {
  const got = await collect(merge([numbers(0, 3, 30), numbers(10, 13, 1)]));
  expect([...got].sort((a, b) => a - b)).toEqual([0, 1, 2, 10, 11, 12]);
  expect(got.slice(0, 3)).toEqual([10, 11, 12]);
});

test("a source that fails ends the merge with its error, also while the reader is busy", async () => {
  const reading = (async () => {
    for await (const _ of merge([numbers(0, 50, 1), numbers(0, 1, 0, true)])) await sleep(10);
  })();
  await expect(reading).rejects.toThrow("broken source");
});

test("works ahead, at most so many at once, and keeps the order", async () => {
  let running = 0;
  let most = 0;
  const work = async (at: number) => {
    most = Math.max(most, ++running);
    await sleep(at % 2 ? 1 : 10);
    running--;
    return at * 2;
  };
  expect(await collect(ahead(numbers(0, 12), 4, work))).toEqual(Array.from({ length: 12 }, (_, at) => at * 2));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
});

test("work that fails is told when its turn comes", async () => {
  const got: number[] = [];
  const reading = (async () => {
    const work = async (at: number) => (at === 2 ? Promise.reject(new Error("broken work")) : at);
    for await (const at of ahead(numbers(0, 6), 4, work)) got.push(at);
  })();
  await expect(reading).rejects.toThrow("broken work");
  expect(got).toEqual([0, 1]);
});
