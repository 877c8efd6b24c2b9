import type { CallRecord } from "./events.js";
import { countUpTo, largest, sorted } from "./sorted-numbers.js";

/** A rejection that neither comes from LiteLLM nor names its limit. */
export const isUnnamed = (call: CallRecord): boolean =>
  call.ending === "refused" && call.rejection?.source === "unnamed";

/**
 * The limiter under test rejected the call. A limiter that does not name itself counts too, until a confounder doubts
 * it.
 */
export const isRefused = (call: CallRecord): boolean =>
  isUnnamed(call) || (call.ending === "refused" && call.rejection?.source === "parallel-limit");

/**
 * The limiter admitted the call, whatever came after. Rejections are quick, so a call that we aborted on purpose was
 * not rejected.
 */
export const isAdmitted = (call: CallRecord): boolean => {
  if (call.ending === "refused")
    return call.rejection?.source === "provider" || call.rejection?.source === "deployment-limit";
  return call.ending === "failed"
    ? call.status !== 401 && call.status !== 403
    : call.status === 200 || call.ending === "aborted";
};

/** Unknown whether it was admitted: it ended before any answer. */
export const isUnanswered = (call: CallRecord): boolean =>
  call.status === null && (call.ending === "timeout" || call.ending === "broken" || call.ending === "interrupted");

/** End of the last call, in milliseconds since the start of the run. */
export const lastEnd = (calls: readonly CallRecord[]): number =>
  largest(
    calls.map((call) => call.endedMs),
    0,
  );

/**
 * Returns a function: when the last admitted call before a moment had ended; undefined before the first of them. Only
 * admitted calls hold slots.
 */
export function lastAdmittedEnd(calls: readonly CallRecord[]): (atMs: number) => number | undefined {
  const ends = sorted(calls.filter(isAdmitted).map((call) => call.endedMs));
  return (atMs) => ends[countUpTo(ends, atMs) - 1];
}

/** A sentence that lists more ranges of calls than this is not readable. */
const MOST_STRETCHES = 20;

/** Formats call numbers as evidence does: `1-4, 7`. */
export function formatCalls(calls: readonly CallRecord[]): string {
  const numbers = calls.map(({ n }) => n).sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  const said = runs.slice(0, MOST_STRETCHES).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  const unsaid = runs.slice(MOST_STRETCHES).reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return said.join(", ") + (unsaid > 0 ? ` and ${unsaid} more` : "");
}
