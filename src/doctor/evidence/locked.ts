import type { Locked } from "../../litellm/evidence.js";
import { sayDuration } from "../../terminal/duration.js";
import { type Watched, watchedMs } from "../watch/watched.js";

export interface Not {
  /** Why this is no evidence, for a person. */
  readonly not: string;
}

/**
 * Judges a watch. Locked is a counter that never went below its limit, whose calls were tried without one success, or that has no expiry
 * and so waits for nobody. Calls in flight that are longer than the watch look the same, above the limit too where refused calls are
 * counted and never taken back (/v1/messages of 1.79.1): only a watch of a whole window, after which LiteLLM forgets calls itself, will do.
 */
export function judgeLocked(
  watched: Watched,
  limit: number,
  windowMs: number,
  tokenLimited: boolean | null = null,
): Locked | Not {
  const { lowest, endless, attempts, successes, last } = watched;
  const ms = watchedMs(watched);
  if (lowest === null) return { not: "it went away or changed its type during the watch" };
  if (lowest < limit) return { not: `it fell to ${lowest}, below its limit of ${limit}: calls are given back` };
  if (successes > 0) return { not: "calls succeed: it is busy, not locked" };
  if (!endless && attempts === 0) {
    return { not: `nobody tries: it ends by itself ${last.ttlMs > 0 ? `in ${sayDuration(last.ttlMs)}` : "soon"}` };
  }
  if (ms < windowMs) {
    return {
      not: `watched for ${sayDuration(ms)} only: calls longer than that look the same, so a whole window of ${sayDuration(windowMs)} is needed`,
    };
  }
  const { window, requests, tokens } = last;
  const untilMs = last.ttlMs === -1 ? 0 : last.timeMs + last.ttlMs;
  const since = { window, requests, tokens, tokenLimited: tokenLimited !== false, untilMs };
  return { kind: "locked", limit, watchedMs: ms, lowest, attempts, since };
}
