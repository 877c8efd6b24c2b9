import type { Usage } from "../answers/usage.js";
import type { CounterWrite } from "../release.js";
import { count } from "./counters.js";
import type { Admission, Admitted, Attempt, LimitStatus, LimitType, Refused } from "./index.js";
import type { Store } from "./store.js";
import { Tokens } from "./tokens.js";

const WITH_TOKENS: readonly LimitType[] = ["requests", "tokens", "max_parallel_requests"];
const WITHOUT_TOKENS: readonly LimitType[] = ["requests", "max_parallel_requests"];

/**
 * The shape up to 1.93: calls in flight are a number, incremented before a call, decremented after it, and reset with
 * each window.
 */
export class WindowedAdmission implements Admission {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async admit(attempt: Attempt): Promise<Admitted | Refused> {
    const { release } = this.#store.options;
    const { over, statuses } = await count(this.#store, attempt, release.since(91) ? WITHOUT_TOKENS : WITH_TOKENS);
    if (over) return this.#refuse(attempt, over);
    const tokens = new Tokens(this.#store, attempt);
    const { standing, refused } = await tokens.reserve();
    if (refused) return this.#refuse(attempt, refused);
    return {
      admitted: true,
      statuses: standing ? [...statuses, standing] : statuses,
      finish: (acts, usage) => this.#finish(acts, usage, attempt, tokens),
    };
  }

  /**
   * A rejection runs the callback of failed calls. It decrements the counter even if a worker cache rejected the call
   * without incrementing it.
   */
  async #refuse(attempt: Attempt, by: LimitStatus): Promise<Refused> {
    if (this.#store.options.release.refusalLowers(attempt.route)) {
      await this.#lower(attempt, "max_parallel_requests", -1);
    }
    return { admitted: false, by };
  }

  async #finish(acts: readonly CounterWrite[], usage: Usage, attempt: Attempt, tokens: Tokens): Promise<void> {
    const kept = new Map<string, number>();
    if (acts.includes("give-back")) kept.set(this.#store.named(attempt.owner, "max_parallel_requests"), -1);
    for (const act of acts) for (const [name, amount] of tokens.bookings(act, usage)) kept.set(name, amount);
    await this.#store.add(attempt.worker, kept);
    for (const act of acts) {
      if (act === "give-back-anew") await this.#lower(attempt, "max_parallel_requests", -1);
      await this.#lower(attempt, "tokens", tokens.correction(act, usage));
    }
  }

  #lower({ worker, owner }: Attempt, field: LimitType, amount: number): Promise<void> {
    return this.#store.lower(worker, owner, field, amount);
  }
}
