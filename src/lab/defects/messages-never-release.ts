import type { Defect } from "./defect.js";

/**
 * With an rpm or tpm limit the counter has no expiry: the key is locked permanently after as many calls as its limit.
 */
export const messagesNeverRelease: Defect = {
  summary: "/v1/messages and /v1/responses never give back, as in LiteLLM 1.79.1 (issue 17323)",
  version: "1.79.1",
};
