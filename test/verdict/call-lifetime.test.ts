import { describe, expect, it } from "vitest";
import { ABANDONED_MS, remainingLifetimeMs } from "../../src/verdict/call-lifetime.js";
import type { CallRecord } from "../../src/verdict/events.js";
import { call } from "../support/events.js";

describe("how long a call may live on in the proxy", () => {
  const seen = (rest: Partial<CallRecord>) =>
    remainingLifetimeMs(call(1, 0, 90, { ending: "aborted", firstByteMs: 10, events: 2, ...rest }), 100);
  it("is not at all when its answer came to an end, ten minutes when nothing of it was seen, else twice its rest at the pace seen", () => {
    expect(ABANDONED_MS).toBe(610_000);
    expect(seen({ ending: "completed" })).toBe(0);
    expect(seen({ firstByteMs: null })).toBe(610_000);
    expect(seen({ events: 0 })).toBe(610_000);
    expect(seen({})).toBe(8000);
    expect(seen({ events: 100 })).toBe(2000);
  });
});
