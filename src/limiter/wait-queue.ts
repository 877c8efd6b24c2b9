import type { Context } from "./context.js";
import type { ReleaseOutcome } from "./lease.js";
import type { PendingAcquire } from "./pending-acquire.js";
import type { Denied } from "./result.js";

/** What a wait queue needs of the batcher. */
export interface WaitQueueHost {
  readonly releases: { leave: boolean };
  schedule(): void;
  free(id: string): Promise<ReleaseOutcome>;
}

/** How long a place in the server's queue counts without a further call, ms: a few fallback rounds, so that a dead process delays others briefly. */
export const renewWaitMs = 4_000;

/** How many waiters a call carries beside one for each slot that was just released; doubled as long as all of them are granted. */
const leastSent = 4;

/** The callers of this process that wait for one name, first come first served, and what wakes them: a message, or else a timer. */
export class WaitQueue {
  /** By limit, for a slot may be free under one and not under another; all functions together. */
  readonly #groups = new Map<number | "function", Set<PendingAcquire>>();
  #length = 0;
  #window = leastSent;
  #stopTimer: (() => void) | undefined;
  #stopPolling: (() => void) | undefined;
  #unlisten: (() => void) | undefined;
  /** Time to ask the server. */
  due = false;
  /** The server has this process in its queue. */
  registered = false;
  /** Waiters whose call is on its way: later ones must not overtake them. */
  inFlight = 0;
  last: Denied | undefined;

  constructor(
    readonly context: Context,
    readonly name: string,
    readonly host: WaitQueueHost,
  ) {}

  get length(): number {
    return this.#length;
  }

  /** There are waiters to be asked for. */
  get ready(): boolean {
    return this.due && this.#length > 0;
  }

  get full(): Denied | undefined {
    return this.#length < this.context.maxWaiting
      ? undefined
      : { status: "refused", retryAfterMs: 1_000, name: this.name };
  }

  join(pending: PendingAcquire): void {
    const key = typeof pending.limit === "number" ? pending.limit : "function";
    const group = this.#groups.get(key) ?? new Set();
    this.#groups.set(key, group.add(pending));
    this.#length++;
    this.#measure();
    if (key === "function") this.#stopPolling ??= this.context.clock.after(50, () => this.#poll());
    // Later waiters are behind the first of their limit: only that one has to ask.
    if (group.size > 1) return;
    this.due = true;
    this.#unlisten ??= this.context.store.listen(this.name, this.context.process, () => this.#call());
  }

  /** Those to ask for now, in the order in which they came. `released`: slots that come free with the same call. */
  take(released: number): PendingAcquire[] {
    this.due = false;
    const taken: PendingAcquire[] = [];
    for (const group of this.#groups.values()) {
      let left = this.#window + released;
      for (const pending of group) {
        if (left-- === 0) break;
        taken.push(pending);
      }
    }
    return this.#groups.size > 1 ? taken.sort((a, b) => a.since - b.since) : taken;
  }

  /** A call with waiters was answered: whether all of them were granted. */
  answered(all: boolean): void {
    this.#window = all ? Math.min(1_000, 2 * this.#window) : leastSent;
    if (all && this.#length > 0) this.due = true;
  }

  /** Gives up for one caller, waiting or not; `answer` tells it. */
  giveUp(pending: PendingAcquire, answer: (last: Denied) => void): void {
    if (pending.done) return;
    const last = this.last ?? { status: "refused", retryAfterMs: this.context.refusalCacheMs, name: this.name };
    this.remove(pending);
    // On its way: whatever comes back for it is released then.
    if (pending.unsure && !pending.inFlight) void this.host.free(pending.id);
    if (this.registered && this.#length === 0) {
      this.host.releases.leave = true;
      this.host.schedule();
    }
    answer(last);
  }

  /** Takes out a caller that is answered, waiting or not. */
  remove(pending: PendingAcquire): void {
    pending.done = true;
    pending.stopListening?.();
    const key = typeof pending.limit === "number" ? pending.limit : "function";
    const group = this.#groups.get(key);
    if (!group?.delete(pending)) return;
    if (group.size === 0) this.#groups.delete(key);
    this.#length--;
    this.#measure();
    if (this.#length > 0) return;
    this.due = false;
    this.last = undefined;
    this.#stopTimer?.();
  }

  /** Looks again when a slot may free by itself, or after about a second, though every message be lost. */
  lookAgainIn(ms: number): void {
    this.#stopTimer?.();
    const backoff = 1_100 * (1 + this.context.random() / 4);
    const wait = Math.max(25, ms > 0 ? Math.min(ms, backoff) : backoff);
    this.#stopTimer = this.context.clock.after(wait, () => this.#call(), true);
  }

  /** Lets go of the subscription when no caller waits. */
  sweep(): void {
    if (this.#length > 0) return;
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  /** Answers all that wait: the limiter closes. */
  close(answer: Denied): void {
    for (const group of [...this.#groups.values()])
      for (const pending of [...group]) this.giveUp(pending, () => pending.resolve(answer));
    this.sweep();
    this.#stopPolling?.();
  }

  #call(): void {
    if (this.#length === 0) return;
    this.due = true;
    this.host.schedule();
  }

  /** A function is asked now and then whether its limit has been raised; what it throws its caller hears with the next call. */
  #poll(): void {
    this.#stopPolling = undefined;
    const group = this.#groups.get("function");
    if (!group) return;
    this.#stopPolling = this.context.clock.after(50, () => this.#poll());
    if ([...group].slice(0, leastSent).some(raised)) this.#call();
  }

  #measure(): void {
    this.context.metrics.gauge("waiting", this.#length, this.name);
  }
}

function raised({ limit, sentLimit }: PendingAcquire): boolean {
  try {
    return typeof limit === "function" && limit() > sentLimit;
  } catch {
    return true;
  }
}
