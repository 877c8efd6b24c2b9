import type { CallRecord } from "./events.js";
import { countBelow, countUpTo, type Sorted, sorted } from "./sorted-numbers.js";

/** Counts how many calls were in flight at some moment of a stretch: sorted once, then each stretch in log n. */
export class InFlight {
  readonly #sent: Sorted;
  readonly #ended: Sorted;

  /** A call counts from its sending until it had ended, or until another moment that is no earlier than its sending. */
  constructor(calls: readonly CallRecord[], untilMs = (call: CallRecord): number => call.endedMs) {
    this.#sent = sorted(calls.map((call) => call.sentMs));
    this.#ended = sorted(calls.map(untilMs));
  }

  /**
   * Those sent by `toMs` that had not ended before `fromMs`. Whoever had ended before a stretch was sent before it, too, so the difference of
   * two counts is enough. From after to: fewer than it may be, for some that ended between the two were sent there.
   */
  count(fromMs: number, toMs: number): number {
    return Math.max(0, countUpTo(this.#sent, toMs) - countBelow(this.#ended, fromMs));
  }
}
