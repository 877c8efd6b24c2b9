import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { mapConcurrent } from "../../../src/probe/matrix/map-concurrent.js";

const never = () => false;

it("does all, in any width, never more than that at once, and keeps the order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 })), fc.integer({ min: 1, max: 8 }), async (turns, width) => {
      let [busy, most] = [0, 0];
      const results = await mapConcurrent(turns, width, never, async (count, at) => {
        most = Math.max(most, ++busy);
        for (let turn = 0; turn < count; turn++) await setImmediate();
        busy--;
        return [count, at];
      });
      expect(results).toEqual(turns.map((count, at) => [count, at]));
      expect(most).toBe(Math.min(width, turns.length));
    }),
  );
});

it("begins nothing more once it is over, and keeps what is done", async () => {
  const begun: number[] = [];
  const results = await mapConcurrent(
    [1, 2, 3, 4, 5],
    2,
    () => begun.length >= 3,
    async (item) => {
      begun.push(item);
      await setImmediate();
      return item;
    },
  );
  expect(results).toEqual([1, 2, 3]);
});

it("throws the first error when all that was begun has ended", async () => {
  const ended: number[] = [];
  const work = mapConcurrent([1, 2, 3, 4], 2, never, async (item) => {
    await setImmediate();
    if (item === 1) throw new Error("first");
    await setImmediate();
    ended.push(item);
  });
  await expect(work).rejects.toThrow("first");
  expect(ended).toEqual([2]);
});
