import type { Defect } from "./defect.js";

/** Refused calls then hold the counter at the limit and renew its expiry, for as long as somebody retries once in a window. */
export const stickyLock: Defect = {
  summary: "a worker has died with its calls in flight, and retries keep the key locked, as in LiteLLM 1.80.8 to 1.93",
  version: "1.91.5",
  crashed: true,
};
