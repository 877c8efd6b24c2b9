import type { Context } from "./failure-domain.js";
import type { ReleaseOutcome } from "./lease.js";
import { noMetrics } from "./metrics.js";
import type { Acquired, Denied, Limit } from "./result.js";

/** Somebody who wants a slot. */
export interface PendingAcquire {
  readonly id: string;
  readonly limit: Limit;
  /** 0: be refused at once. */
  readonly waitMs: number;
  /** Monotonic ms. */
  readonly since: number;
  /** Answered or given up: what still comes back for it is released. */
  done: boolean;
  flying: boolean;
  /** A call with its id ended unknown, so the id may hold a slot. */
  unsure: boolean;
  readonly resolve: (result: Acquired) => void;
  readonly reject: (error: unknown) => void;
  /** Ends its timer and its signal's listener. */
  leave?: () => void;
}

/** What a line needs of its pump. */
export interface WaitQueueHost {
  readonly outbox: { leave: boolean };
  schedule(): void;
  free(id: string): Promise<ReleaseOutcome>;
}

/** How long a place in the server's queue counts without a further call, ms: a few fallback rounds, so that a dead process delays nobody for long. */
export const renewWaitMs = 4_000;

/** Those of this process who wait for one name, first come first served, and what wakes them: a message, or else a timer. */
export class WaitQueue {
  #asks: PendingAcquire[] = [];
  #stopTimer: (() => void) | undefined;
  #unlisten: (() => void) | undefined;
  /** Time to ask the server. */
  due = false;
  /** The server has this process in its queue. */
  registered = false;
  last: Denied | undefined;

  constructor(
    readonly context: Context,
    readonly name: string,
    readonly host: WaitQueueHost,
  ) {}

  get length(): number {
    return this.#asks.length;
  }

  /** Somebody is to be asked for. */
  get ready(): boolean {
    return this.due && this.#asks.length > 0;
  }

  /** Somebody's call is on its way: who comes later must not overtake it. */
  get flying(): boolean {
    return this.#asks.some((ask) => ask.flying);
  }

  get full(): Denied | undefined {
    return this.#asks.length < this.context.maxWaiting
      ? undefined
      : { status: "refused", retryAfterMs: 1_000, name: this.name };
  }

  join(ask: PendingAcquire, signal: AbortSignal | undefined): void {
    if (signal?.aborted) return void this.fail(ask, signal.reason);
    const stop = this.context.clock.after(ask.waitMs, () => this.#giveUp(ask, (last) => ask.resolve(last)), true);
    const aborted = () => this.#giveUp(ask, () => ask.reject(signal?.reason));
    signal?.addEventListener("abort", aborted, { once: true });
    ask.leave = () => {
      stop();
      signal?.removeEventListener("abort", aborted);
    };
    this.#asks.push(ask);
    this.#measure();
    // Whoever joins a line is behind it: only the first has to ask.
    if (this.#asks.length > 1) return;
    this.due = true;
    this.#unlisten ??= this.context.store.listen(this.name, this.context.process, () => this.#call());
  }

  take(): readonly PendingAcquire[] {
    this.due = false;
    return this.#asks;
  }

  /** Answers somebody, in line or not. */
  settle(ask: PendingAcquire, result: Acquired): void {
    ask.done = true;
    if (ask.waitMs > 0) this.#remove(ask);
    const { metrics, clock } = this.context;
    if (metrics !== noMetrics)
      metrics.observe(ask.waitMs > 0 ? "wait" : "acquire", clock.monotonic() - ask.since, this.name);
    ask.resolve(result);
  }

  fail(ask: PendingAcquire, error: unknown): void {
    ask.done = true;
    this.#remove(ask);
    ask.reject(error);
  }

  /** Looks again when a slot may free by itself, or after about a second, though every message be lost. */
  lookAgainIn(ms: number): void {
    this.#stopTimer?.();
    const backoff = 1_100 * (1 + this.context.random() / 4);
    this.#stopTimer = this.context.clock.after(
      Math.max(25, ms > 0 ? Math.min(ms, backoff) : backoff),
      () => this.#call(),
      true,
    );
  }

  /** Lets go of the subscription when nobody waits. */
  sweep(): void {
    if (this.#asks.length > 0) return;
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  /** Answers everybody: the limiter closes. */
  close(): void {
    for (const ask of [...this.#asks]) {
      this.#giveUp(ask, () =>
        ask.resolve({
          status: "unavailable",
          retryAfterMs: 0,
          name: this.name,
          cause: new Error("the limiter is closed"),
        }),
      );
    }
    this.sweep();
  }

  #call(): void {
    if (this.#asks.length === 0) return;
    this.due = true;
    this.host.schedule();
  }

  #giveUp(ask: PendingAcquire, answer: (last: Denied) => void): void {
    if (ask.done) return;
    const last = this.last ?? { status: "refused", retryAfterMs: this.context.echoMs, name: this.name };
    ask.done = true;
    this.#remove(ask);
    // On its way: whatever comes back for it is released then.
    if (ask.unsure && !ask.flying) void this.host.free(ask.id);
    if (this.registered && this.#asks.length === 0) {
      this.host.outbox.leave = true;
      this.host.schedule();
    }
    answer(last);
  }

  #remove(ask: PendingAcquire): void {
    ask.leave?.();
    const at = this.#asks.indexOf(ask);
    if (at < 0) return;
    this.#asks.splice(at, 1);
    this.#measure();
    if (this.#asks.length > 0) return;
    this.due = false;
    this.last = undefined;
    this.#stopTimer?.();
  }

  #measure(): void {
    this.context.metrics.gauge("waiting", this.#asks.length, this.name);
  }
}
