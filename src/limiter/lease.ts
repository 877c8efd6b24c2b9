import type { Clock } from "./clock.js";

/** `late`: released after the holder's own deadline. `unknown`: no reply; the slot frees itself at the latest when its ttl ends. */
export type ReleaseOutcome = "released" | "late" | "unknown";

/** One slot, held by this process until `release`, or until its local deadline if it cannot be renewed. */
export interface Lease {
  readonly name: string;
  readonly id: string;
  /** The fencing number: larger than that of every earlier grant of this name, also after Redis was restarted empty. */
  readonly seq: number;
  /** Names the server's state; another one after it lost data. */
  readonly epoch: string;
  /** False for a slot that no server knows of: the fallback policy or shadow mode admitted. */
  readonly backed: boolean;
  /** Whether the slot is still this process's, by its monotonic clock. Ask after every pause and before every side effect. */
  held(): boolean;
  /** How long it is still held if it is not renewed, ms; 0 when it is not held, Infinity when it is not backed. */
  readonly remainingMs: number;
  /** Aborts when the lease is lost, or when the limiter closes while it is held. Made on first use. */
  readonly signal: AbortSignal;
  /** Gives the slot back. Never throws, may be called again, and need not be awaited. */
  release(): Promise<ReleaseOutcome>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The reason with which the signal of a lost lease aborts. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** The reason with which signals abort when the limiter closes. */
export class LimiterClosed extends Error {
  override readonly name = "LimiterClosed";
}

/** The reason with which a lease is lost that was held for `maxHoldMs`. */
export class HeldTooLong extends Error {
  override readonly name = "HeldTooLong";
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
  #reason: Error | undefined;
  #released: Promise<ReleaseOutcome> | undefined;
  #lost = false;
  /** When to try again after a failed renewal, monotonic ms; 0 when the last one went well. */
  retryAt = 0;
  renewing = false;
  /** A renewal of it was sent. */
  wasRenewed = false;
  /** A function of `run` works with it: closing waits for its end. */
  running = false;
  /** When it was asked for, monotonic ms. */
  readonly since: number;
  /** It may be held no longer than this, monotonic ms. */
  holdUntil = Number.POSITIVE_INFINITY;

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

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  held(): boolean {
    if (this.done) return false;
    this.keeper.watch();
    return this.keeper.clock.monotonic() < this.localDeadline;
  }

  get remainingMs(): number {
    return this.held() ? this.localDeadline - this.keeper.clock.monotonic() : 0;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#reason && !this.#abort.signal.aborted) this.#abort.abort(this.#reason);
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

  /** Tells the holder to stop; the slot is its own until it is released or lost. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#abort?.abort(this.#reason);
  }

  lose(reason: Error): void {
    this.#lost = true;
    this.abort(reason);
  }
}

/**
 * A lease counts from when its call was sent; the server counts from when it ran it, which is later. 10 % is more than a clock daemon makes
 * two clocks differ in rate (chrony slews by up to 8.3 %); 2 ms cover the rounding of both.
 */
export const localDeadline = (sentAt: number, ttlMs: number) => sentAt + ttlMs * 0.9 - 2;
