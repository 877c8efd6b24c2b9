import type { ProbeOptions } from "./options.js";

/** What is sent in each round once the limit is known. */
export interface Plan {
  /** Calls one after another. */
  readonly sequence: number;
  /** Concurrent calls after them. */
  readonly burst: number;
}

/** More calls in flight than any limiter allows. A key without a limit may be reported with one of nineteen digits. */
export const MAX_CONCURRENCY = 10_000;

/** Size of the burst that shows whether the limit holds: one more than it. */
export const burstFor = (limit: number): number => Math.min(limit + 1, MAX_CONCURRENCY);

/** The search for an unknown limit ends after this many calls. */
export const LIMIT_SEARCH_CALLS = 20;
/** With Redis each leaked slot is visible, so a few calls are enough. */
const ENOUGH_WITH_REDIS = 3;

/** The plan for a limit. While it is unknown: a search for it, and a burst only of a requested size. */
export function planFor(options: ProbeOptions, limit: number | null, redis: boolean): Plan {
  const each = options.calls === null ? null : Math.floor(options.calls / options.rounds);
  if (options.load !== null) {
    const asked = options.burst ?? (limit === null ? 0 : burstFor(limit));
    return { sequence: 0, burst: options.sequential ? 0 : asked };
  }
  if (limit === null) {
    const burst = options.sequential ? 0 : Math.min(options.burst ?? 0, each ?? Number.POSITIVE_INFINITY);
    return { sequence: Math.min(each === null ? LIMIT_SEARCH_CALLS : each - burst, LIMIT_SEARCH_CALLS), burst };
  }
  const enough = redis ? Math.min(ENOUGH_WITH_REDIS, limit + 1) : limit + 1;
  if (options.sequential) return { sequence: each ?? enough, burst: 0 };
  const burst = Math.min(options.burst ?? burstFor(limit), each ?? Number.POSITIVE_INFINITY);
  return { sequence: each === null ? enough : each - burst, burst };
}

/** Needs confirmation: far more calls than a probe usually sends. */
export const needsConfirmation = (options: ProbeOptions, limit: number | null, redis: boolean): boolean =>
  !redis && limit !== null && limit > LIMIT_SEARCH_CALLS && options.calls === null && options.load === null;

/**
 * Times of rechecks in units of the allowed lag: with 2 s they are at 2, 5, 10, 16 and 24 s. The gaps grow because each
 * recheck may itself hold slots for a while.
 */
const LOOKS = [1, 2.5, 5, 8, 12];

/** When to recheck, in milliseconds after the last call, up to the settle time. */
export function followUpDelays({ maxLagMs, settleMs }: Pick<ProbeOptions, "maxLagMs" | "settleMs">): number[] {
  const times = LOOKS.map((share) => share * maxLagMs);
  for (let at = 18 * maxLagMs; at < settleMs && maxLagMs > 0; at *= 1.5) times.push(at);
  return [...times.filter((at) => at < settleMs), settleMs];
}

/** The most that a run can send: its rounds, and every recheck that may follow each of them. */
export function maxCalls(
  options: ProbeOptions,
  { sequence, burst }: Plan,
): { planned: number; rechecks: number; tokens: number } {
  const planned =
    options.warmUp + (options.load === null ? 0 : 1 + options.load.calls) + options.rounds * (sequence + burst);
  // One call first tests whether the key is still locked, except in the last recheck.
  const rechecks = options.rounds * (followUpDelays(options).length * (1 + burst) + Math.max(1, burst));
  // A word counts as two tokens, which English stays below.
  const words = options.prompt.split(/\s+/).length;
  return { planned, rechecks, tokens: (planned + rechecks) * (options.maxTokens + 2 * words) };
}
