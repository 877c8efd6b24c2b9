import type { Defect } from "./defect.js";

/**
 * A new window forgets the calls in flight; a rejection by a worker cache decrements the counter without having
 * incremented it.
 */
export const overAdmits: Defect = {
  summary: "more calls run than the limit allows, after a window and under retries, as in LiteLLM 1.80.8 to 1.93",
  version: "1.91.5",
};
