import type { Context } from "./context.js";
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
    this.#until = this.context.clock.monotonic() + this.context.refusalCacheMs;
  }

  /** Something was freed here. */
  clear(): void {
    this.#denied = undefined;
  }

  get(limit: Limit, now: number): Denied | undefined {
    const applies = now < this.#until && typeof limit === "number" && limit <= this.#limit;
    return applies ? this.#denied : undefined;
  }
}
