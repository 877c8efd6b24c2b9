import type { Defect } from "./defect.js";

/** No bug. */
export const healthy: Defect = {
  summary: "every ended call gives its slot back, as in LiteLLM 1.109.1",
  version: "1.109.1",
};
