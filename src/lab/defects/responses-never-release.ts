import type { Defect } from "./defect.js";

/** Calls of responses keep their slots. */
export const responsesNeverRelease: Defect = {
  summary: "/v1/responses of claude-lab never gives its slot back, as in LiteLLM 1.94 and 1.95",
  version: "1.95.0",
};
