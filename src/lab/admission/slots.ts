import { randomBytes } from "node:crypto";
import type { Usage } from "../answers/usage.js";
import type { CounterWrite } from "../release.js";
import { count } from "./counters.js";
import type { Admission, Admitted, Attempt, LimitStatus, Refused } from "./index.js";
import type { Store } from "./store.js";
import { Tokens } from "./tokens.js";

/**
 * The shape from 1.94 on: calls in flight are members of a sorted set; only requests and tokens are counted by window.
 */
export class SlotsAdmission implements Admission {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async admit(attempt: Attempt): Promise<Admitted | Refused> {
    const counted = await count(this.#store, attempt, ["requests"]);
    if (counted.over) return { admitted: false, by: counted.over };
    const slot = await this.#take(attempt);
    if (slot.refused) return { admitted: false, by: slot.refused };
    const tokens = new Tokens(this.#store, attempt);
    const { standing, refused } = await tokens.reserve();
    if (refused) {
      await this.#free(attempt, slot.id);
      return { admitted: false, by: refused };
    }
    return {
      admitted: true,
      statuses: [...counted.statuses, slot.standing, standing].filter((one) => one !== undefined),
      finish: (acts, usage) => this.#finish(acts, usage, attempt, slot.id, tokens),
    };
  }

  async #take({
    worker,
    owner,
    limits,
  }: Attempt): Promise<{ id?: string; standing?: LimitStatus; refused?: LimitStatus }> {
    const limit = limits.max_parallel_requests;
    if (limit === null) return {};
    const standing = (held: number): LimitStatus => ({
      type: "max_parallel_requests",
      limit,
      remaining: Math.max(0, limit - held),
    });
    const name = this.#store.named(owner, "max_parallel_requests");
    const { slotTtlS } = this.#store.options;
    const full = (held: number) => (held >= limit ? { refused: standing(held) } : undefined);
    const refused = full(worker.cache.get(name) ?? 0);
    if (refused) return refused;
    const id = randomBytes(16).toString("hex");
    const asked = await this.#store.run("slotsAdmit", [name], [limit, slotTtlS, id]);
    // Without Redis the worker cache decides, as it is now: other calls may have arrived meanwhile.
    const remembered = worker.cache.get(name) ?? 0;
    const [granted, held] = asked ?? (full(remembered) ? [0, remembered] : [1, remembered + 1]);
    if (Number(granted) === 0) return { refused: standing(Number(held)) };
    worker.cache.set(name, Number(held), slotTtlS);
    return { id, standing: standing(Number(held)) };
  }

  async #finish(
    acts: readonly CounterWrite[],
    usage: Usage,
    attempt: Attempt,
    id: string | undefined,
    tokens: Tokens,
  ): Promise<void> {
    for (const act of acts) {
      await this.#store.add(attempt.worker, new Map(tokens.bookings(act, usage)));
      await this.#store.lower(attempt.worker, attempt.owner, "tokens", tokens.correction(act, usage));
      if (act === "give-back" || act === "give-back-anew") await this.#free(attempt, id);
    }
  }

  async #free({ worker, owner }: Attempt, id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const name = this.#store.named(owner, "max_parallel_requests");
    const [held] = (await this.#store.run("slotsRelease", [name], [id])) ?? [(worker.cache.get(name) ?? 1) - 1];
    worker.cache.set(name, Math.max(0, Number(held)), this.#store.options.slotTtlS);
  }
}
