import { describe, expect, it } from "vitest";
import { countBelow, countUpTo, sorted } from "../../src/verdict/sorted-numbers.js";

describe("numbers in rising order", () => {
  const numbers = [1, 2, 2, 4];
  it.each([
    [0, 0, 0],
    [1, 0, 1],
    [2, 1, 3],
    [3, 3, 3],
    [4, 3, 4],
    [5, 4, 4],
  ])("are counted on each side of %j: %j below it, %j up to it", (value, fewer, upTo) => {
    expect(countBelow(sorted(numbers), value)).toBe(fewer);
    expect(countUpTo(sorted(numbers), value)).toBe(upTo);
  });
});
