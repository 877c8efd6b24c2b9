import type { Ending } from "../llm/call-result.js";
import type { CallRecord } from "./events.js";

/**
 * A proxy keeps working on a call whose client has left, until its provider answers or times out: LiteLLM <= 1.103
 * waits 600 s by default.
 */
export const ABANDONED_MS = 610_000;

const OVER: readonly Ending[] = ["completed", "refused", "failed", "cut"];

/** True when the proxy had finished this call when we did. Any other call may still run in the proxy. */
export const isOver = (call: CallRecord): boolean => OVER.includes(call.ending);

/**
 * How long, in milliseconds after our end, the proxy may still work on the call: twice the time for the rest of the
 * answer at the observed pace. Ten minutes when fewer than two events show no pace.
 */
export function remainingLifetimeMs(call: CallRecord, maxTokens: number): number {
  const { firstByteMs, endedMs, events } = call;
  if (isOver(call)) return 0;
  if (firstByteMs === null || events < 2) return ABANDONED_MS;
  return Math.max(2000, (2 * (endedMs - firstByteMs) * maxTokens) / events);
}
