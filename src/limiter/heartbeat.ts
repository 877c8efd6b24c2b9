import type { CallBatcher } from "./call-batcher.js";
import type { Clock } from "./clock.js";
import { type HeldLease, HeldTooLong } from "./lease.js";

/** One timer for all leases of a limiter: renews those a third of their ttl old, tries again what failed, and stops at the deadline. */
export class Heartbeat {
  #stop: (() => void) | undefined;
  #nextAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(
    readonly clock: Clock,
    readonly ttlMs: number,
    readonly batchers: () => Iterable<CallBatcher>,
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
    for (const batcher of this.batchers()) {
      for (const lease of batcher.state.leases.values()) next = Math.min(next, this.#look(batcher, lease, now));
      for (const lease of batcher.state.unbacked) next = Math.min(next, this.#look(batcher, lease, now));
      batcher.sweep();
    }
    this.onBeat();
    this.beatBy(next);
  }

  /** Does what a lease needs now; returns when it is to be looked at again at the latest. */
  #look(batcher: CallBatcher, lease: HeldLease, now: number): number {
    if (now >= lease.holdUntil) {
      batcher.lose(lease, new HeldTooLong(`the slot of ${lease.name} was held for maxHoldMs`));
      return Number.POSITIVE_INFINITY;
    }
    if (now >= lease.localDeadline) {
      batcher.lose(lease);
      return Number.POSITIVE_INFINITY;
    }
    const dueAt = Math.max(lease.renewedAt + this.ttlMs / 3, lease.retryAt);
    // One that closing has aborted is not kept for longer than its lease.
    const renews = lease.backed && !lease.aborted;
    if (renews && !lease.renewing && now >= dueAt) batcher.renew(lease);
    const ends = Math.min(lease.localDeadline, lease.holdUntil);
    // Not sooner than that, so that leases of about the same age go in one call.
    return renews && !lease.renewing ? Math.min(ends, Math.max(dueAt, now + this.ttlMs / 60)) : ends;
  }
}
