import type { Clock } from "./clock.js";

/** `late`: released after the holder's own deadline. `unknown`: no reply; the slot frees itself at the latest when its ttl ends. */
export type ReleaseOutcome = "released" | "late" | "unknown";

/** One slot, held by this process until `release`, or until its local deadline if it cannot be renewed. */
export interface Lease {
  readonly name: string;
  readonly id: string;
  /** With `seq` the fencing number: larger than that of every earlier grant of this name, also after a restart that a client saw. */
  readonly epoch: string;
  readonly seq: number;
  /** False for a slot that no server knows of: the fallback policy or shadow mode admitted. */
  readonly backed: boolean;
  /** Whether the slot is still this process's, by its monotonic clock. Ask after every pause and before every side effect. */
  held(): boolean;
  /** Aborts when the lease is lost. Made on first use. */
  readonly signal: AbortSignal;
  /** Gives the slot back. Never throws, may be called again, and need not be awaited. */
  release(): Promise<ReleaseOutcome>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The reason with which the signal of a lost lease aborts. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** What a lease needs of its keeper. */
export interface Keeper {
  readonly name: string;
  readonly clock: Clock;
  /** Reports when wall and monotonic clock have parted, as they do in a suspended machine. */
  watch(): void;
  release(lease: HeldLease): Promise<ReleaseOutcome>;
}

export class HeldLease implements Lease {
  #abort: AbortController | undefined;
  #released: Promise<ReleaseOutcome> | undefined;
  #lost = false;
  /** When to try again after a failed renewal, monotonic ms; 0 when the last one went well. */
  retryAt = 0;
  renewing = false;
  /** When it was asked for, monotonic ms. */
  readonly since: number;

  constructor(
    readonly keeper: Keeper,
    readonly id: string,
    readonly epoch: string,
    readonly seq: number,
    /** By the server's clock, ms. */
    public deadline: number,
    /** By our monotonic clock, ms; always inside the server's. */
    public localDeadline: number,
    /** When the call that last set the deadlines was sent, monotonic ms. */
    public renewedAt: number,
    readonly backed = true,
  ) {
    this.since = renewedAt;
  }

  get name(): string {
    return this.keeper.name;
  }

  get lost(): boolean {
    return this.#lost;
  }

  get done(): boolean {
    return this.#lost || this.#released !== undefined;
  }

  held(): boolean {
    if (this.done) return false;
    this.keeper.watch();
    return this.keeper.clock.monotonic() < this.localDeadline;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#lost && !this.#abort.signal.aborted) this.#abort.abort(this.#reason());
    return this.#abort.signal;
  }

  release(): Promise<ReleaseOutcome> {
    this.#released ??= this.keeper.release(this);
    return this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  renewed(sentAt: number, deadline: number, ttlMs: number): void {
    this.deadline = deadline;
    this.renewedAt = sentAt;
    this.localDeadline = localDeadline(sentAt, ttlMs);
    this.retryAt = 0;
  }

  lose(): void {
    this.#lost = true;
    this.#abort?.abort(this.#reason());
  }

  #reason(): LeaseLost {
    return new LeaseLost(`the slot of ${this.name} is lost: it could not be renewed in time`);
  }
}

/**
 * A lease counts from when its call was sent; the server counts from when it ran it, which is later. 1 % is more than two clocks differ in
 * rate; 2 ms cover the rounding of both.
 */
export const localDeadline = (sentAt: number, ttlMs: number) => sentAt + ttlMs * 0.99 - 2;
