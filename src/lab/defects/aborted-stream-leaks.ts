import type { Defect } from "./defect.js";

/** No measured release with slots has this bug; it is the most common leak of custom gateways. */
export const abortedStreamLeaks: Defect = {
  summary: "a stream that the client leaves in the middle never gives its slot back; else as LiteLLM 1.109.1",
  version: "1.109.1",
  ends: ({ ending, stream }) => (ending === "aborted" && stream ? [] : undefined),
};
