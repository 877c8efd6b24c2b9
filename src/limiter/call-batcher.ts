import type { Context, FailureDomain } from "./failure-domain.js";
import type { HeldLease, ReleaseOutcome } from "./lease.js";
import { NameState } from "./name-state.js";
import { RefusalCache } from "./refusal-cache.js";
import { ReleaseQueue } from "./release-queue.js";
import { type Acquired, type Limit, limitNow, type Waiting } from "./result.js";
import { type CallOwner, sendAcquire, sendRelease, sendRenewal } from "./store-calls.js";
import { type PendingAcquire, WaitQueue } from "./wait-queue.js";

/** The most ids that one call carries. */
const batchSize = 1_000;

/**
 * The calls of one name. What is asked for while calls are on their way gathers and goes with the next flush, in the order release, renew,
 * acquire: no delay when idle, batches under load, and a release feeds the acquire beside it.
 */
export class CallBatcher implements CallOwner {
  readonly ledger: NameState;
  readonly line: WaitQueue;
  readonly outbox: ReleaseQueue;
  readonly echo: RefusalCache;
  usedAt: number;
  #closed = false;
  #asks: PendingAcquire[] = [];
  #renewals: HeldLease[] = [];
  #flights = 0;
  #scheduled = false;

  constructor(
    readonly context: Context,
    readonly name: string,
    part: FailureDomain,
    floor: number,
  ) {
    this.usedAt = context.clock.monotonic();
    this.ledger = new NameState(context, name, part, floor);
    this.outbox = new ReleaseQueue(context);
    this.line = new WaitQueue(context, name, this);
    this.echo = new RefusalCache(context);
  }

  get clock() {
    return this.context.clock;
  }

  get idle(): boolean {
    const busy = this.ledger.leases.size + this.ledger.unbacked + this.#flights + this.line.length;
    return busy === 0 && !this.#pending && this.outbox.overdue === 0;
  }

  watch(): void {
    this.context.watchClock(this.name);
  }

  acquire(limit: Limit, waiting?: Waiting): Promise<Acquired> {
    const waitMs = waiting?.waitMs ?? 0;
    this.usedAt = this.clock.monotonic();
    if (this.#closed) return Promise.resolve(this.ledger.unavailable(new Error("the limiter is closed")));
    const denied = waitMs > 0 ? this.line.full : this.echo.of(limit, this.usedAt);
    if (denied) {
      this.context.metrics.count(denied.status, 1, this.name);
      return Promise.resolve(denied);
    }
    return new Promise((resolve, reject) => {
      const id = this.context.nextId();
      const ask: PendingAcquire = {
        id,
        limit,
        waitMs,
        since: this.usedAt,
        done: false,
        flying: false,
        unsure: false,
        resolve,
        reject,
      };
      if (waitMs > 0) this.line.join(ask, waiting?.signal);
      else this.#asks.push(ask);
      this.schedule();
    });
  }

  release(lease: HeldLease): Promise<ReleaseOutcome> {
    const { metrics } = this.context;
    const now = this.clock.monotonic();
    metrics.observe("hold", now - lease.since, this.name);
    if (lease.backed) this.ledger.leases.delete(lease.id);
    else this.ledger.unbacked--;
    const late = now >= lease.localDeadline || lease.lost;
    metrics.count(late ? "late" : "released", 1, this.name);
    // A lost lease was let go of when it was lost.
    if (lease.lost || !lease.backed) return Promise.resolve(late ? "late" : "released");
    const outcome = this.free(lease.id);
    return late ? outcome.then((known) => (known === "released" ? "late" : known)) : outcome;
  }

  renew(lease: HeldLease): void {
    lease.renewing = true;
    this.#renewals.push(lease);
    this.schedule();
  }

  /** The holder must stop. Its slot is let go of, in case a renewal went through without a reply. */
  lose(lease: HeldLease): void {
    if (lease.done) return;
    this.ledger.leases.delete(lease.id);
    void this.free(lease.id);
    lease.lose();
    this.context.metrics.count("lost", 1, this.name);
    this.context.events.emit("lost", lease);
  }

  /** Lets an id go with the next flush, whether or not the server has it. */
  free(id: string): Promise<ReleaseOutcome> {
    this.echo.clear();
    this.line.due ||= this.line.length > 0;
    this.schedule();
    return this.outbox.add(id);
  }

  /** Tries again what got no answer, and lets go of what nobody needs. */
  sweep(): void {
    this.line.sweep();
    if (this.outbox.retry()) this.schedule();
  }

  /** Refuses from now on, answers those who wait and releases everything in one call. */
  async close(): Promise<void> {
    this.#closed = true;
    this.line.close();
    const released = [...this.ledger.leases.values()].map((lease) => lease.release());
    await Promise.all(released);
    // An acquire that was on its way may still bring a slot back.
    while (this.#flights > 0 || this.#pending) await new Promise<void>((resolve) => this.clock.after(1, resolve, true));
    await Promise.all([...this.ledger.leases.values()].map((lease) => lease.release()));
  }

  schedule(): void {
    if (this.#scheduled || this.#flights >= this.context.flights) return;
    this.#scheduled = true;
    // Whatever else is asked for in this turn goes along.
    queueMicrotask(() => this.#flush());
  }

  get #pending(): boolean {
    return this.#asks.length > 0 || this.#renewals.length > 0 || !this.outbox.empty || this.line.ready;
  }

  #flush(): void {
    this.#scheduled = false;
    const calls: Promise<void>[] = [];
    for (const parcel of this.outbox.take(batchSize)) calls.push(sendRelease(this, parcel, parcel.leave));
    const renewals = this.#renewals.filter((lease) => !lease.done);
    this.#renewals = [];
    for (let at = 0; at < renewals.length; at += batchSize)
      calls.push(sendRenewal(this, renewals.slice(at, at + batchSize)));
    for (const [limit, asks] of this.#batches()) calls.push(sendAcquire(this, limit, asks));
    if (calls.length === 0) return;
    this.#flights++;
    void Promise.all(calls).then(() => {
      this.#flights--;
      if (this.#pending) this.schedule();
    });
  }

  /** Those who wait go first, and go along with whoever asks anew; neighbours with the same limit share a call. */
  #batches(): [number, PendingAcquire[]][] {
    if (this.line.flying) return [];
    const asks = this.line.ready || this.#asks.length > 0 ? [...this.line.take(), ...this.#asks] : [];
    this.#asks = [];
    const batches: [number, PendingAcquire[]][] = [];
    let last: [number, PendingAcquire[]] | undefined;
    for (const ask of asks) {
      try {
        const limit = limitNow(ask.limit);
        if (!last || last[0] !== limit || last[1].length >= batchSize) {
          last = [limit, []];
          batches.push(last);
        }
        last[1].push(ask);
      } catch (error) {
        this.line.fail(ask, error);
      }
    }
    return batches;
  }
}
