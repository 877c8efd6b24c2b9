import { describe, expect, it } from "vitest";
import { wantedEndings } from "../../src/verdict/endings.js";

describe("the endings that a run asks for", () => {
  it.each([
    ["completed", ["completed"]],
    ["aborted after 3 content events", ["aborted", "completed"]],
    ["failed by the provider", ["failed"]],
    ["refused by the provider", ["refused"]],
    ["cut by the provider", ["cut", "broken", "failed", "completed"]],
  ])("of calls that were to be %s", (ending, wanted) => {
    expect(wantedEndings(ending)).toEqual(wanted);
  });
});
