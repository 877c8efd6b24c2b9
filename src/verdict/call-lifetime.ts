import type { Ending } from "../llm/call-result.js";
import type { CallRecord } from "./events.js";

/** A proxy holds a call whose client has left until its provider answers or gives up: 600 s is a default of LiteLLM ≤ 1.103. */
export const ABANDONED_MS = 610_000;

const OVER: readonly Ending[] = ["completed", "refused", "failed", "cut"];

/** The proxy was done with this call when we were; any other may live on in it. */
export const isOver = (call: CallRecord): boolean => OVER.includes(call.ending);

/** How long after we were done the proxy may still work on it: the rest of the answer at the pace seen, twice over, and ten minutes where fewer than two events show no pace. */
export function remainingLifetimeMs(call: CallRecord, maxTokens: number): number {
  const { firstByteMs, endedMs, events } = call;
  if (isOver(call)) return 0;
  if (firstByteMs === null || events < 2) return ABANDONED_MS;
  return Math.max(2000, (2 * (endedMs - firstByteMs) * maxTokens) / events);
}
