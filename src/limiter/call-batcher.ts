import type { CallOwner } from "./answer-callers.js";
import { byLimit } from "./by-limit.js";
import type { Context } from "./context.js";
import type { FailureDomain } from "./failure-domain.js";
import { Halving } from "./halving.js";
import { type HeldLease, LeaseLost, type ReleaseOutcome } from "./lease.js";
import { NameState } from "./name-state.js";
import { createPending, endWait, type PendingAcquire } from "./pending-acquire.js";
import { RefusalCache } from "./refusal-cache.js";
import { ReleaseQueue } from "./release-queue.js";
import type { Acquired, Limit, Waiting } from "./result.js";
import { sendAcquire, sendRelease, sendRenewal } from "./store-calls.js";
import { WaitQueue } from "./wait-queue.js";

/** The most ids that one call carries. */
const batchSize = 1_000;

/**
 * The calls of one name. What is asked for while calls are on their way gathers and goes with the next flush, in the order release, renew,
 * acquire: no delay when idle, batches under load, and a release feeds the acquire beside it.
 */
export class CallBatcher implements CallOwner {
  readonly state: NameState;
  readonly waiters: WaitQueue;
  readonly releases: ReleaseQueue;
  readonly refusals: RefusalCache;
  readonly halving = new Halving();
  usedAt: number;
  #pending: PendingAcquire[] = [];
  #renewals: HeldLease[] = [];
  inFlight = 0;
  #scheduled = false;
  #whenIdle: (() => void) | undefined;

  constructor(
    readonly context: Context,
    readonly name: string,
    domain: FailureDomain,
    floor: number,
  ) {
    this.usedAt = context.clock.monotonic();
    this.state = new NameState(context, name, domain, floor);
    this.releases = new ReleaseQueue(context);
    this.waiters = new WaitQueue(context, name, this);
    this.refusals = new RefusalCache(context);
  }

  get clock() {
    return this.context.clock;
  }

  get idle(): boolean {
    const busy = this.state.held + this.inFlight + this.waiters.length;
    return busy === 0 && !this.#hasWork && this.releases.overdue === 0;
  }

  watch(): void {
    this.context.watchClock(this.name);
  }

  acquire(limit: Limit, waiting: Waiting = {}): Promise<Acquired> {
    const { waitMs = 0, signal } = waiting;
    this.usedAt = this.clock.monotonic();
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.context.closed) return Promise.resolve(this.state.closed);
    const denied = waitMs > 0 ? this.waiters.full : this.refusals.get(limit, this.usedAt);
    if (denied) {
      this.context.metrics.count(denied.status, 1, this.name);
      return Promise.resolve(denied);
    }
    return new Promise((resolve, reject) => {
      const pending = createPending(this.context.nextId(), limit, this.usedAt, waiting, resolve, reject);
      if (waitMs > 0 || signal) endWait(this.clock, this.waiters, pending, signal);
      if (waitMs > 0) this.waiters.join(pending);
      else this.#pending.push(pending);
      this.schedule();
    });
  }

  release(lease: HeldLease): Promise<ReleaseOutcome> {
    const { metrics } = this.context;
    const now = this.clock.monotonic();
    metrics.observe("hold", now - lease.since, this.name);
    if (lease.backed) this.state.leases.delete(lease.id);
    else this.state.unbacked.delete(lease);
    const late = now >= lease.localDeadline || lease.lost;
    metrics.count(late ? "late" : "released", 1, this.name);
    this.context.leaseEnded();
    // The slot of a lost lease was let go of when it was lost.
    if (lease.lost || !lease.backed) return Promise.resolve(late ? "late" : "released");
    const outcome = this.free(lease.id, lease.wasRenewed);
    return late ? outcome.then((known) => (known === "released" ? "late" : known)) : outcome;
  }

  renew(lease: HeldLease): void {
    lease.renewing = true;
    lease.wasRenewed = true;
    this.#renewals.push(lease);
    this.schedule();
  }

  /** The holder must stop. Its slot is let go of, in case a renewal went through without a reply. */
  lose(
    lease: HeldLease,
    reason: Error = new LeaseLost(`the slot of ${this.name} is lost: it could not be renewed in time`),
  ): void {
    if (lease.done) return;
    this.state.leases.delete(lease.id);
    this.state.unbacked.delete(lease);
    if (lease.backed) void this.free(lease.id, lease.wasRenewed);
    lease.lose(reason);
    this.context.metrics.count("lost", 1, this.name);
    this.context.emit("lost", lease);
    this.context.leaseEnded();
  }

  /** Lets an id go with the next flush, whether or not the server has it. */
  free(id: string, renewed = false): Promise<ReleaseOutcome> {
    this.refusals.clear();
    this.waiters.due ||= this.waiters.length > 0;
    this.schedule();
    return this.releases.add(id, renewed);
  }

  /** Tries again what got no answer, and lets go of what is not needed. */
  sweep(): void {
    this.waiters.sweep();
    if (this.releases.retry()) this.schedule();
  }

  /** Releases what is held, in one call, and waits until nothing is on its way. The context is closed, so nothing is admitted any more. */
  async close(): Promise<void> {
    await Promise.all([...this.state.leases.values()].map((lease) => lease.release()));
    if (this.inFlight === 0 && !this.#hasWork) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  schedule(): void {
    if (this.#scheduled || this.inFlight >= this.context.maxInFlight) return;
    this.#scheduled = true;
    // Whatever else is asked for in this turn goes along.
    this.context.flushSoon(this);
  }

  flush(): void {
    this.#scheduled = false;
    let calls = 1;
    // The last call to be answered ends the flush.
    const answered = () => {
      if (--calls > 0) return;
      this.inFlight--;
      if (this.#hasWork) this.schedule();
      else this.#idleNow();
    };
    this.inFlight++;
    let released = 0;
    for (const batch of this.releases.take(batchSize)) {
      released += batch.ids.length;
      calls++;
      sendRelease(this, batch, answered);
    }
    if (this.#renewals.length > 0) {
      const renewals = this.#renewals.filter((lease) => !lease.done);
      this.#renewals = [];
      for (let at = 0; at < renewals.length; at += batchSize) {
        calls++;
        sendRenewal(this, renewals.slice(at, at + batchSize), answered);
      }
    }
    for (const [limit, pending] of byLimit(this.#asking(released), this.waiters, batchSize)) {
      calls++;
      sendAcquire(this, limit, pending, answered);
    }
    if (--calls > 0) return;
    // What is left waits for calls that are on their way.
    this.inFlight--;
    this.#idleNow();
  }

  get #hasWork(): boolean {
    return this.#pending.length > 0 || this.#renewals.length > 0 || !this.releases.empty || this.waiters.ready;
  }

  #idleNow(): void {
    if (this.inFlight === 0 && !this.#hasWork) this.#whenIdle?.();
  }

  /** Those who wait go first, and go along with callers that ask anew. */
  #asking(released: number): PendingAcquire[] {
    if (this.waiters.inFlight > 0 || (this.#pending.length === 0 && !this.waiters.ready)) return [];
    const asking = this.waiters.length > 0 ? [...this.waiters.take(released), ...this.#pending] : this.#pending;
    this.#pending = [];
    return asking;
  }
}
