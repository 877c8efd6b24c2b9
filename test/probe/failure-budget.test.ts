import { describe, expect, it } from "vitest";
import { FailureBudget } from "../../src/probe/failure-budget.js";
import { PROVIDER_ENDINGS } from "../../src/verdict/endings.js";
import type { CallRecord } from "../../src/verdict/events.js";
import { call, refused } from "../support/events.js";

const failed = (n: number): CallRecord => call(n, 0, 1, { ending: "failed", status: 500, error: "boom" });
const count = (bail: FailureBudget, calls: readonly CallRecord[]) =>
  calls.map((one) => bail.count(one)).find((reason) => reason);

describe("giving up", () => {
  it("waits for five failures, and then goes by their share", () => {
    const bail = new FailureBudget(0.5, "completed");
    expect(count(bail, [1, 2, 3, 4].map(failed))).toBeUndefined();
    expect(bail.count(failed(5))).toBe("5 of 5 calls failed, more than --bail 50% (the last: boom)");
  });

  it("does not give up at the share, only beyond it", () => {
    const calls = Array.from({ length: 10 }, (_, at) => (at % 2 ? failed(at) : call(at, 0, 1)));
    const bail = new FailureBudget(0.5, "completed");
    expect(count(bail, calls)).toBeUndefined();
    expect(bail.count(failed(11))).toBeDefined();
  });

  it("takes a refusal, and the ending that was asked for, for no failure", () => {
    const bail = new FailureBudget(0.1, PROVIDER_ENDINGS.failed);
    expect(
      count(
        bail,
        Array.from({ length: 20 }, (_, n) => failed(n)),
      ),
    ).toBeUndefined();
    expect(
      count(
        bail,
        Array.from({ length: 20 }, (_, n) => refused(n, 0, 1)),
      ),
    ).toBeUndefined();
  });
});
