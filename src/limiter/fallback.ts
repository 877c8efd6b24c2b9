import type { CallBatcher } from "./call-batcher.js";
import type { Context } from "./context.js";
import { type Acquired, type Limit, limitNow, type Waiting } from "./result.js";
import { processOf } from "./store.js";

/** What to do while the store does not answer. */
export type WhenDown = "closed" | "open" | "share";

/** Admits without a slot: where the store is away and the policy allows it, and everywhere in shadow mode. */
export class Fallback {
  /** Processes last seen among the leases of a name. */
  readonly #processes = new Map<string, { count: number; at: number }>();

  constructor(
    readonly context: Context,
    readonly whenDown: WhenDown,
    readonly shadow: boolean,
  ) {}

  /** What `result` becomes under the policy. */
  decide(batcher: CallBatcher, limit: Limit, result: Acquired, { maxHoldMs }: Waiting = {}): Acquired {
    const { metrics, closed } = this.context;
    if (closed) return result;
    const { name } = batcher;
    if (this.whenDown === "share") this.#count(batcher, result);
    if (result.status === "unavailable" && this.whenDown !== "closed" && this.#room(batcher, limit)) {
      metrics.count("fallback", 1, name);
      return this.#admit(batcher, maxHoldMs);
    }
    if (result.status === "granted" || !this.shadow) return result;
    metrics.count("shadow", 1, name);
    return this.#admit(batcher, maxHoldMs);
  }

  #admit(batcher: CallBatcher, maxHoldMs: number | undefined): Acquired {
    const lease = batcher.state.grantUnbacked(batcher);
    if (maxHoldMs !== undefined) {
      lease.holdUntil = lease.since + maxHoldMs;
      this.context.beatBy(lease.holdUntil);
    }
    return { status: "granted", lease };
  }

  #room(batcher: CallBatcher, limit: Limit): boolean {
    if (this.whenDown === "open") return true;
    const processes = Math.max(1, this.#processes.get(batcher.name)?.count ?? 1);
    return batcher.state.held < Math.ceil(limitNow(limit) / processes);
  }

  /** Looks at who else holds slots, while the store answers, at most twice a ttl. */
  #count(batcher: CallBatcher, result: Acquired): void {
    const { clock, process, store, ttlMs } = this.context;
    const { name } = batcher;
    const now = clock.monotonic();
    const last = this.#processes.get(name);
    if (result.status === "unavailable" || (last && now - last.at < ttlMs / 2)) return;
    this.#processes.set(name, { count: last?.count ?? 1, at: now });
    store.peek(name, true).then(
      ({ leases }) => {
        const processes = new Set([...leases.map(({ id }) => processOf(id)), process]);
        this.#processes.set(name, { count: processes.size, at: now });
      },
      // The next look comes soon enough, and an outage is counted where it matters.
      () => {},
    );
    for (const [other, { at }] of this.#processes) if (now - at > 10 * ttlMs) this.#processes.delete(other);
  }
}
