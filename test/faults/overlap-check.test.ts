import { expect, test } from "vitest";
import { type Held, sweep } from "./overlap-check.js";

const held = (...pairs: [number, number][]): Held[] => pairs.map(([from, to]) => ({ from, to, who: "" }));

test.each<[string, Held[], number, number]>([
  ["nobody", [], 0, 0],
  ["one after the other, at the same instant", held([0, 10], [10, 20]), 1, 0],
  ["two at once", held([0, 10], [9, 20]), 2, 1],
  ["three at once, one of them for nothing", held([0, 10], [5, 5], [4, 6]), 2, 2],
  ["one that ended before it began", held([10, 0], [0, 10]), 1, 0],
])("counts %s", (_what, list, most, overMs) => {
  expect(sweep(list, 1)).toEqual({ most, over: Math.max(0, most - 1), overMs });
});
