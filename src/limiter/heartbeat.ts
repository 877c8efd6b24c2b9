import type { CallBatcher } from "./call-batcher.js";
import type { Clock } from "./clock.js";
import type { HeldLease } from "./lease.js";

/** One timer for all leases of a limiter: renews those a third of their ttl old, tries again what failed, and stops at the deadline. */
export class Heartbeat {
  #stop: (() => void) | undefined;
  #nextAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(
    readonly clock: Clock,
    readonly ttlMs: number,
    readonly pumps: () => Iterable<CallBatcher>,
    /** Called with each beat, for what else has to be looked after. */
    readonly onBeat: () => void,
  ) {}

  /** Beats at `at`, monotonic ms, at the latest. */
  beatBy(at: number): void {
    if (this.#closed || at >= this.#nextAt) return;
    this.#stop?.();
    this.#nextAt = at;
    this.#stop = this.clock.after(Math.max(0, at - this.clock.monotonic()), () => this.#beat());
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
  }

  #beat(): void {
    this.#nextAt = Number.POSITIVE_INFINITY;
    const now = this.clock.monotonic();
    let next = now + this.ttlMs / 6;
    for (const pump of this.pumps()) {
      for (const lease of pump.ledger.leases.values()) next = Math.min(next, this.#look(pump, lease, now));
      pump.sweep();
    }
    this.onBeat();
    this.beatBy(next);
  }

  /** Does what a lease needs now; returns when it is to be looked at again at the latest. */
  #look(pump: CallBatcher, lease: HeldLease, now: number): number {
    if (now >= lease.localDeadline) {
      pump.lose(lease);
      return Number.POSITIVE_INFINITY;
    }
    const dueAt = Math.max(lease.renewedAt + this.ttlMs / 3, lease.retryAt);
    if (!lease.renewing && now >= dueAt) pump.renew(lease);
    return lease.retryAt > now ? Math.min(lease.retryAt, lease.localDeadline) : lease.localDeadline;
  }
}
