import { isRefused } from "./calls.js";
import type { CallRecord } from "./events.js";
import { countBelow, countUpTo, type Sorted, sorted } from "./sorted-numbers.js";

/** Windows of limits over time, in milliseconds: from 10 ms to a minute, each a quarter longer than the last. */
const WINDOWS = Array.from({ length: 41 }, (_, at) => Math.min(60_000, 10 * 1.25 ** at));
/** The longest network latency in milliseconds, so that a call counts in the window before a rejection. */
const WAY_MS = 100;

/**
 * Whether a limit of requests over time, of any number and any window up to a minute, could have caused these
 * rejections.
 * Such a limit admits at most twice its number in one window (the end of a fixed window and the start of the next, or a
 * full bucket and its refill). It rejects nothing before its number of calls, perhaps including rejected ones, has come
 * in one window.
 * Rejections that break this rule for every window are of another kind. Limits of an hour or a day are not covered.
 */
export function couldBeRate(calls: readonly CallRecord[], refusals: readonly CallRecord[]): boolean {
  const through = calls.filter((call) => !isRefused(call));
  const count = { all: spans(calls.filter(isRefused)), through: spans(through) };
  return WINDOWS.some((windowMs, at) => {
    const shorterMs = WINDOWS[at - 1] ?? 0;
    const most = Math.max(
      Math.min(1, through.length),
      ...through.map(({ sentMs }) => surelyWithin(count.through, sentMs, sentMs + shorterMs)),
    );
    const fewest = Math.min(...refusals.map((refusal) => perhapsBefore(count.through, count.all, refusal, windowMs)));
    return most <= 2 * fewest;
  });
}

/** When calls were sent and when they were decided, each sorted. */
interface Spans {
  readonly sent: Sorted;
  readonly decided: Sorted;
}

const spans = (calls: readonly CallRecord[]): Spans => ({
  sent: sorted(calls.map(({ sentMs }) => sentMs)),
  decided: sorted(calls.map((call) => call.headersMs ?? call.endedMs)),
});

/** A lower bound of the calls sent and decided between these times. */
const surelyWithin = ({ sent, decided }: Spans, fromMs: number, toMs: number): number =>
  countUpTo(decided, toMs) - countBelow(sent, fromMs);

/**
 * An upper bound of the calls in the window before the first of the rejections at this time: calls admitted meanwhile
 * may have come before it, calls rejected meanwhile came after it.
 */
function perhapsBefore(through: Spans, refused: Spans, { sentMs, endedMs }: CallRecord, windowMs: number): number {
  const fromMs = sentMs - windowMs - WAY_MS;
  return (
    countBelow(through.sent, endedMs) -
    countBelow(through.decided, fromMs) +
    countBelow(refused.decided, sentMs) -
    countBelow(refused.decided, fromMs)
  );
}
