import type { Lease, Limiter } from "../../limiter/index.js";
import type { Worker } from "../worker.js";
import type { Admission, Admitted, Attempt, Refused } from "./index.js";

interface Holding {
  readonly lease: Lease;
  readonly worker: Worker;
  readonly life: number;
}

/**
 * A release whose limit is also enforced by llmctl's own limiter. It writes exactly what the release writes to Redis,
 * but rejects calls that the release would admit in excess, for example after its key was deleted.
 */
export class LimitedAdmission implements Admission {
  readonly #release: Admission;
  readonly #limiter: Limiter;
  readonly #held = new Set<Holding>();

  constructor(release: Admission, limiter: Limiter) {
    this.#release = release;
    this.#limiter = limiter;
  }

  async admit(attempt: Attempt): Promise<Admitted | Refused> {
    await this.#bury();
    const admitted = await this.#release.admit(attempt);
    const limit = attempt.limits.max_parallel_requests;
    if (!admitted.admitted || limit === null) return admitted;
    const got = await this.#limiter.acquire(attempt.owner, limit);
    if (got.status !== "granted") {
      await admitted.finish(["give-back"], { input: 0, output: 0 });
      return { admitted: false, by: { type: "max_parallel_requests", limit, remaining: 0 } };
    }
    const holding = { lease: got.lease, worker: attempt.worker, life: attempt.worker.life };
    this.#held.add(holding);
    return {
      ...admitted,
      finish: async (acts, usage) => {
        // This one first: a call in between would get a slot of the release and be rejected here.
        await this.#giveBack(holding);
        await admitted.finish(acts, usage);
      },
    };
  }

  async #giveBack(holding: Holding): Promise<void> {
    this.#held.delete(holding);
    await holding.lease.release();
  }

  /** A worker that crashed renews nothing; here its leases end with it. */
  async #bury(): Promise<void> {
    const dead = [...this.#held].filter(({ worker, life }) => worker.life !== life);
    await Promise.all(dead.map((holding) => this.#giveBack(holding)));
  }
}
