import type { Ending } from "../llm/call-result.js";

/** How a run wanted its calls to end; the values are those of the run header. */
export const PROVIDER_ENDINGS = {
  failed: "failed by the provider",
  refused: "refused by the provider",
  cut: "cut by the provider",
} as const;

/** The endings that a run asked for. A call with another ending failed by itself. */
export function wantedEndings(ending: string): readonly Ending[] {
  if (ending.startsWith("aborted")) return ["aborted", "completed"];
  if (ending === PROVIDER_ENDINGS.failed) return ["failed"];
  if (ending === PROVIDER_ENDINGS.refused) return ["refused"];
  // A proxy may hide from its client that the provider broke off.
  if (ending === PROVIDER_ENDINGS.cut) return ["cut", "broken", "failed", "completed"];
  return ["completed"];
}
