import type { Admission, Attempt } from "./admission/index.js";
import { Worker } from "./worker.js";
import type { Now } from "./worker-cache.js";

/** Before the first call of each key, crashes a worker with as many of its calls in flight as the limit allows. */
export class PlantedCrashes {
  readonly #admission: Admission;
  readonly #now: Now;
  readonly #crashes = new Map<string, Promise<void>>();

  constructor(admission: Admission, now: Now) {
    this.#admission = admission;
    this.#now = now;
  }

  /** Resolves when the crash of this key is over. */
  before(attempt: Attempt): Promise<void> {
    const known = this.#crashes.get(attempt.owner);
    if (known) return known;
    const crash = this.#crash(attempt);
    this.#crashes.set(attempt.owner, crash);
    return crash;
  }

  async #crash(attempt: Attempt): Promise<void> {
    const worker = new Worker(-1, this.#now);
    const calls = attempt.limits.max_parallel_requests ?? 0;
    for (let call = 0; call < calls; call++) await this.#admission.admit({ ...attempt, worker });
  }
}
