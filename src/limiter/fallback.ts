import type { CallBatcher } from "./call-batcher.js";
import type { Context } from "./failure-domain.js";
import { type Acquired, type Limit, limitNow } from "./result.js";

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

  decide(pump: CallBatcher, limit: Limit, result: Acquired): Acquired {
    const { metrics } = this.context;
    const { name } = pump;
    if (this.whenDown === "share") this.#count(pump, result);
    if (result.status === "unavailable" && this.whenDown !== "closed" && this.#room(pump, limit)) {
      metrics.count("fallback", 1, name);
      return { status: "granted", lease: pump.ledger.grantUnbacked(pump) };
    }
    if (result.status === "granted" || !this.shadow) return result;
    metrics.count("shadow", 1, name);
    return { status: "granted", lease: pump.ledger.grantUnbacked(pump) };
  }

  #room(pump: CallBatcher, limit: Limit): boolean {
    if (this.whenDown === "open") return true;
    const processes = Math.max(1, this.#processes.get(pump.name)?.count ?? 1);
    return pump.ledger.leases.size + pump.ledger.unbacked < Math.ceil(limitNow(limit) / processes);
  }

  /** Looks at who else holds slots, while the store answers, at most twice a ttl. */
  #count(pump: CallBatcher, result: Acquired): void {
    const { clock, store, ttlMs, process } = this.context;
    const now = clock.monotonic();
    const last = this.#processes.get(pump.name);
    if (result.status === "unavailable" || (last && now - last.at < ttlMs / 2)) return;
    this.#processes.set(pump.name, { count: last?.count ?? 1, at: now });
    store.peek(pump.name, true).then(
      ({ processes }) => this.#processes.set(pump.name, { count: new Set([...processes, process]).size, at: now }),
      // The next look comes soon enough, and an outage is counted where it matters.
      () => {},
    );
    for (const [name, { at }] of this.#processes) if (now - at > 10 * ttlMs) this.#processes.delete(name);
  }
}
