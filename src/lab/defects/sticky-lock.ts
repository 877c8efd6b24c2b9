import type { Defect } from "./defect.js";

/**
 * Rejected calls then hold the counter at the limit and renew its expiry, as long as a client retries once in a window.
 */
export const stickyLock: Defect = {
  summary: "a worker has died with its calls in flight, and retries keep the key locked, as in LiteLLM 1.80.8 to 1.93",
  version: "1.91.5",
  crashed: true,
};
