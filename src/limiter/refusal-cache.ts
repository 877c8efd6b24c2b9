import type { Context } from "./failure-domain.js";
import type { Denied, Limit } from "./result.js";

/** The last refusal, good for a few ms: a full limit that is hammered costs the server nothing. */
export class RefusalCache {
  #denied: Denied | undefined;
  #until = 0;
  #limit = 0;

  constructor(readonly context: Context) {}

  set(denied: Denied, limit: number): void {
    this.#denied = denied;
    this.#limit = limit;
    this.#until = this.context.clock.monotonic() + this.context.echoMs;
  }

  /** Something was freed here. */
  clear(): void {
    this.#denied = undefined;
  }

  of(limit: Limit, now: number): Denied | undefined {
    return this.#denied && now < this.#until && typeof limit === "number" && limit <= this.#limit
      ? this.#denied
      : undefined;
  }
}
