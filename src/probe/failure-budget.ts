import { wantedEndings } from "../verdict/endings.js";
import type { CallRecord } from "../verdict/events.js";

/** With fewer failures than this the share means nothing: one of the first two calls is half of them. */
const LEAST_FAILED = 5;

/** Ends a run when too many of its calls fail. A rejection is no failure: it is what a limiter is for. */
export class FailureBudget {
  readonly #share: number;
  readonly #wanted: ReadonlySet<string>;
  #calls = 0;
  #failed = 0;

  /** `share` from 0 to 1; `ending` as in the run's header. */
  constructor(share: number, ending: string) {
    this.#share = share;
    this.#wanted = new Set([...wantedEndings(ending), "refused", "aborted", "interrupted"]);
  }

  /** Why the run ends with this call; undefined while it continues. */
  count(call: CallRecord): string | undefined {
    this.#calls++;
    if (!this.#wanted.has(call.ending)) this.#failed++;
    const tooMany = this.#failed >= LEAST_FAILED && this.#failed > this.#share * this.#calls;
    return tooMany
      ? `${this.#failed} of ${this.#calls} calls failed, more than --bail ${Math.round(this.#share * 100)}% (the last: ${call.error})`
      : undefined;
  }
}
