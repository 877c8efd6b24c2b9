import type { Sickness } from "./defect.js";

export const healthy: Sickness = {
  summary: "every ended call gives its slot back, as in LiteLLM 1.109.1",
  version: "1.109.1",
};
