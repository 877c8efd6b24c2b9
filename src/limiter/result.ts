import type { Lease } from "./lease.js";

/** A slot. */
export interface Granted {
  readonly status: "granted";
  readonly lease: Lease;
}

/** An ordinary "no", never an exception. */
export interface Denied {
  /**
   * `refused`: the limit is reached · `recovering`: the server lost data and waits until every forgotten holder has stopped or come back ·
   * `unavailable`: the server did not answer, and the policy is to refuse.
   */
  readonly status: "refused" | "recovering" | "unavailable";
  /**
   * A good time to ask again, ms, at most 1,000 for a refusal: by the rate at which slots came free lately, and no later than the first slot
   * frees by itself.
   */
  readonly retryAfterMs: number;
  /** Several limits: the name that refused. */
  readonly name: string;
  readonly cause?: Error;
}

/** The answer of `acquire`. */
export type Acquired = Granted | Denied;

/** The answer of `run`. */
export type RunResult<T> =
  /** `lost`: the slot was lost on the way, so others may have run beside `fn`. */
  { readonly status: "granted"; readonly value: T; readonly lost?: true } | Denied;

/** How a caller waits for a slot, and for how long it may keep it. */
export interface Waiting {
  /** Wait in line for this long, ms, instead of being refused; Infinity: until there is a slot. Default 0. */
  readonly waitMs?: number;
  /**
   * Gives up: the promise rejects with the signal's reason, also without `waitMs`. A slot granted meanwhile is released. It reaches the
   * function of `run` too.
   */
  readonly signal?: AbortSignal;
  /** The longest time to hold the slot, ms: then the lease is lost with a {@link HeldTooLong}, and the slot goes back. Default: no limit. */
  readonly maxHoldMs?: number;
}

/** A whole number from 0, or a function asked before every call, and about 20 times a second while callers wait. */
export type Limit = number | (() => number);

/** One of several limits that are taken together. */
export interface NamedLimit {
  readonly name: string;
  readonly limit: Limit;
}

/** Throws a RangeError for times that make no sense. */
export function checkWaiting({ waitMs = 0, maxHoldMs = 1 }: Waiting = {}): void {
  if (!(waitMs >= 0)) throw new RangeError(`waitMs is 0 or more, not ${waitMs}`);
  if (!(maxHoldMs > 0)) throw new RangeError(`maxHoldMs is more than 0, not ${maxHoldMs}`);
}

/** The limit as a number. Throws a RangeError for anything but a whole number from 0. */
export function limitNow(limit: Limit): number {
  const value = typeof limit === "number" ? limit : limit();
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`a limit is a whole number from 0, not ${value}`);
  return value;
}
