import type { Usage } from "../answers/usage.js";
import type { CounterWrite } from "../release.js";
import type { Attempt, LimitStatus } from "./index.js";
import type { Store } from "./store.js";

/** Reserves tokens of a key's limit and settles them after the call. From 1.91 on. */
export class Tokens {
  readonly #store: Store;
  readonly #attempt: Attempt;
  #reserved = 0;

  constructor(store: Store, attempt: Attempt) {
    this.#store = store;
    this.#attempt = attempt;
  }

  /** Reserves the tokens that the call may use, if the key has a limit of tokens. A rejection reserves nothing. */
  async reserve(): Promise<{ standing?: LimitStatus; refused?: LimitStatus }> {
    const { owner, limits, estimate } = this.#attempt;
    const { release, windowS } = this.#store.options;
    const limit = limits.tpm_limit;
    if (limit === null || !release.since(91)) return {};
    const reply = await this.#store.run(
      "reserveTokens",
      [this.#store.named(owner, "window"), this.#store.named(owner, "tokens")],
      [limit, estimate, windowS, release.since(109) ? "1" : "0"],
    );
    if (!reply) return {};
    const [granted, value] = reply;
    const standing: LimitStatus = { type: "tokens", limit, remaining: limit - Number(value) };
    if (Number(granted) === 0) return { refused: standing };
    this.#reserved = estimate;
    return { standing };
  }

  /** The amounts that a write adds to counters without changing an expiry. */
  bookings(act: CounterWrite, usage: Usage): [name: string, amount: number][] {
    if (act !== "book" && act !== "book-apart") return [];
    const { owner, model } = this.#attempt;
    // The setting `token_rate_limit_type` counts only the answer up to 1.80, both directions later.
    const always = !this.#store.options.release.since(91);
    const used = always ? usage.output : usage.input + usage.output;
    const own = used - (act === "book" ? this.#reserved : 0);
    const all: [string, number][] = [[this.#store.named(owner, "tokens"), own]];
    if (act === "book") all.push([this.#store.named(`${owner}:${model}`, "tokens", "model_per_key"), used]);
    return all.filter(([, amount]) => always || amount !== 0);
  }

  /** The amount that a write adds to the key's counter while restarting its expiry. */
  correction(act: CounterWrite, usage: Usage): number {
    if (this.#reserved === 0) return 0;
    if (act === "refund") return -this.#reserved;
    return act === "book-reserved" ? usage.input + usage.output - this.#reserved : 0;
  }
}
