import { isRefused } from "./calls.js";
import type { CallRecord } from "./events.js";
import { countBelow, countUpTo, type Sorted, sorted } from "./sorted-numbers.js";

/** Windows of limits over time, in milliseconds: from 10 ms to a minute, each a quarter longer than the last. */
const WINDOWS = Array.from({ length: 41 }, (_, at) => Math.min(60_000, 10 * 1.25 ** at));
/** What a message may take on its way, so that a call counts in the window before a refusal. */
const WAY_MS = 100;

/**
 * Whether a limit of requests over time, of any number and any window up to a minute, could have made these refusals. Such a limit lets at most
 * twice its number through in one window (the end of a fixed window and the beginning of the next; a full bucket and what flows in
 * meanwhile), and refuses nobody before its number of calls, refused ones perhaps included, has come in one window. Refusals that
 * break this rule for every window are of another kind. Nothing is said of limits of an hour or a day.
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

/** When calls were sent and when they were decided, each in order. */
interface Spans {
  readonly sent: Sorted;
  readonly decided: Sorted;
}

const spans = (calls: readonly CallRecord[]): Spans => ({
  sent: sorted(calls.map(({ sentMs }) => sentMs)),
  decided: sorted(calls.map((call) => call.headersMs ?? call.endedMs)),
});

/** At least so many were sent and decided between these times. */
const surelyWithin = ({ sent, decided }: Spans, fromMs: number, toMs: number): number =>
  countUpTo(decided, toMs) - countBelow(sent, fromMs);

/**
 * At most so many had come in the window before the first refusal of those that were made at this time: calls that were let through
 * meanwhile may have come before it, those that were refused meanwhile came after it.
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
