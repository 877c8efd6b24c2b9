import { describe, expect, it } from "vitest";
import { unreleasedSince } from "../../src/verdict/readings/unreleased-slots.js";
import { counter, reading } from "../support/events.js";

describe("what is left in Redis", () => {
  it.each([
    ["new members", reading(0, ["a"]), reading(9, ["a", "b"]), 1],
    ["none of the old members", reading(0, ["a"]), reading(9, ["a"]), 0],
    ["the rise of a counter", counter(0, 2), counter(9, 5), 3],
    ["nothing of a counter that fell", counter(0, 5), counter(9, 2), 0],
    ["all of a counter that was not there", reading(0), counter(9, 3), 3],
    ["all of a counter that took a set's place", reading(0, ["a", "b"]), counter(9, 3), 3],
    ["nothing of a counter that is gone", counter(0, 3), reading(9), 0],
    ["nothing without a reading", undefined, reading(9, ["a"]), 0],
  ])("is %s", (_what, before, now, held) => {
    expect(unreleasedSince(before, now).held).toBe(held);
  });
});
