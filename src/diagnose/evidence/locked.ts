import type { Locked } from "../../litellm/evidence.js";
import { formatDuration } from "../../terminal/duration.js";
import { type SampleSummary, sampledMs } from "../sampling/summary.js";

export interface NoEvidence {
  /** Why this is no evidence, for a person. */
  readonly not: string;
  /** Where only the length of the observation is missing. */
  readonly short?: ShortObservation;
}

/** A strong hint: all that was seen is what a lock looks like, and calls longer than the observation look the same. */
export interface ShortObservation {
  /** For how long the counter was seen, and how long it has to be seen, in ms. */
  readonly observedMs: number;
  readonly neededMs: number;
}

export interface LockedRule {
  /** max_parallel_requests of the key; null when it is not known. */
  readonly limit: number | null;
  /** LiteLLM's window in force, in ms. */
  readonly windowMs: number;
  /** No call takes longer than this, in ms. */
  readonly longestCallMs: number;
  /** Whether the key has a tokens-a-minute limit; null when that is not known. */
  readonly tokenLimited?: boolean | null;
}

/**
 * Judges the observation of a counter. Locked is one that did not fall for as long as the longest call takes, or for a
 * window if that is
 * longer, whose calls were tried without one success, or that has no expiry. Calls in flight that are longer than the
 * observation look
 * the same, on healthy releases too, and a client that retries keeps them from being forgotten when a window rolls:
 * 1.85.7, two calls of
 * 100 s beside a retry every 3 s. Without a limit a counter must also be where it was: what was added may be a call
 * that was admitted.
 */
export function judgeLocked(watched: SampleSummary, rule: LockedRule): Locked | NoEvidence {
  const { limit, tokenLimited = null } = rule;
  const { lowest, lowestAtMs, endless, attempts, successes, first, last } = watched;
  if (lowest === null) return { not: "it went away or changed its type during the watch" };
  if (limit !== null && lowest < limit) {
    return { not: `it fell to ${lowest}, below its limit of ${limit}: calls are given back` };
  }
  if (lowest <= 0) return { not: "no call is counted" };
  if (successes > 0) return { not: "calls succeed: it is busy, not locked" };
  if (!endless && attempts === 0) {
    return { not: `no attempts: it expires ${last.ttlMs > 0 ? `in ${formatDuration(last.ttlMs)}` : "soon"}` };
  }
  if (limit === null && Number(last.value) !== lowest) {
    return { not: `it rose from ${lowest} to ${last.value}, which may be calls in flight: give --limit <n>` };
  }
  const observedMs = limit === null ? last.timeMs - lowestAtMs : sampledMs(watched);
  const neededMs = Math.max(rule.longestCallMs, rule.windowMs, first.ttlMs, last.ttlMs);
  if (observedMs < neededMs) return tooShort("it looked locked", { observedMs, neededMs });
  const { window, requests, tokens, requestsUntilMs, tokensUntilMs } = last;
  const untilMs = last.ttlMs === -1 ? 0 : last.timeMs + last.ttlMs;
  const expiries = { untilMs, requestsUntilMs, tokensUntilMs };
  const since = { window, requests, tokens, tokenLimited: tokenLimited !== false, ...expiries };
  return { kind: "locked", limit, watchedMs: observedMs, lowest, attempts, longestCallMs: rule.longestCallMs, since };
}

/** What only a longer observation can tell from calls in flight. */
export const tooShort = (what: string, short: ShortObservation): NoEvidence => ({
  not: `${what} for ${formatDuration(short.observedMs)}, but calls in flight look the same and may take up to ${formatDuration(short.neededMs)}`,
  short,
});
