import type { CallRecord } from "./events.js";
import { countBelow, countUpTo, type Sorted, sorted } from "./sorted-numbers.js";

/** Counts the calls in flight at some moment of an interval: sorted once, then O(log n) an interval. */
export class InFlight {
  readonly #sent: Sorted;
  readonly #ended: Sorted;

  /** A call counts from its sending to its end, or to `untilMs`, which is never before its sending. */
  constructor(calls: readonly CallRecord[], untilMs = (call: CallRecord): number => call.endedMs) {
    this.#sent = sorted(calls.map((call) => call.sentMs));
    this.#ended = sorted(calls.map(untilMs));
  }

  /**
   * Calls sent by `toMs` that had not ended before `fromMs`. A call that ended before the interval was also sent before
   * it, so the difference of two counts is enough. If `fromMs` is after `toMs` the count may be too low: some calls
   * that ended between the two were sent there.
   */
  count(fromMs: number, toMs: number): number {
    return Math.max(0, countUpTo(this.#sent, toMs) - countBelow(this.#ended, fromMs));
  }
}
