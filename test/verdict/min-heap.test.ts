import { describe, expect, it } from "vitest";
import { MinHeap } from "../../src/verdict/min-heap.js";

/** All orders of these numbers. */
const orders = (numbers: readonly number[]): number[][] =>
  numbers.length < 2
    ? [[...numbers]]
    : numbers.flatMap((one, at) => orders(numbers.filter((_, other) => other !== at)).map((rest) => [one, ...rest]));

describe("a queue", () => {
  it("gives back times in order, also those less than a millisecond apart", () => {
    for (const times of orders([0, 0.4, 0.8, 1.2, 2.2, 3.2])) {
      const queue = new MinHeap<number>((a, b) => a - b);
      for (const time of times) queue.add(time);
      expect(times.map(() => queue.take())).toEqual([0, 0.4, 0.8, 1.2, 2.2, 3.2]);
    }
  });
});
