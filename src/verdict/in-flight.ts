import type { CallRecord } from "./history.js";
import { countBelow, countUpTo, type Sorted, sorted } from "./sorted.js";

/** Counts how many calls were in flight at some moment of a stretch: sorted once, then each stretch in log n. */
export class InFlight {
  readonly #sent: Sorted;
  readonly #ended: Sorted;

  /** So many milliseconds after its end a call still counts. */
  constructor(calls: readonly CallRecord[], lagMs: (call: CallRecord) => number = () => 0) {
    this.#sent = sorted(calls.map((call) => call.sentMs));
    this.#ended = sorted(calls.map((call) => call.endedMs + lagMs(call)));
  }

  /** Whoever had ended before the stretch was sent before it, too; so the difference of two counts is enough. */
  count(fromMs: number, toMs: number): number {
    return Math.max(0, countUpTo(this.#sent, toMs) - countBelow(this.#ended, fromMs));
  }
}
