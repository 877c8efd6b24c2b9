import { describe, expect, it } from "vitest";
import { groupOverlapping } from "../../src/verdict/readings/capacity.js";
import { burst, call, doubtIds, HEALTHY, reading, short, verdictOf } from "../support/events.js";

describe("calls are one group", () => {
  it.each([
    ["when the next is sent before the last has ended", [call(1, 0, 100), call(2, 99, 200)], [[1, 2]]],
    ["but not when it is sent at that very moment", [call(1, 0, 100), call(2, 100, 200)], [[1], [2]]],
    [
      "as long as any of them runs, also when a later one was shorter",
      [call(1, 0, 500), call(2, 10, 20), call(3, 499, 600), call(4, 600, 700)],
      [[1, 2, 3], [4]],
    ],
    ["by their times, whatever their order", [call(1, 300, 400), call(2, 0, 100), call(3, 50, 90)], [[2, 3], [1]]],
  ])("%s", (_what, calls, groups) => {
    expect(groupOverlapping(calls).map((group) => group.map(({ n }) => n))).toEqual(groups);
  });
});

describe("a Redis that is empty again", () => {
  // Slots of ours were there when they had to be back, and gone when looked at again.
  const late = [reading(0), reading(150, ["a"]), reading(5000, ["a"], { moment: "look" })];
  const gone = reading(8000, [], { moment: "look" });

  it("says that all room is back where a burst before it had found all of it", () => {
    const verdict = verdictOf([...HEALTHY, ...late, gone]);
    expect(short(verdict)).toBe("finding slow-release");
    expect(doubtIds(verdict)).toEqual([]);
  });

  it("is no proof of room that no burst ever found, however many calls went through in turn", () => {
    const half = [...HEALTHY.slice(0, 4), ...burst(5, 2500, 2, 0)];
    const verdict = verdictOf([...half, ...late, gone]);
    expect(short(verdict)).toBe("inconclusive");
    expect(doubtIds(verdict)).toContain("still-recovering");
  });
});
