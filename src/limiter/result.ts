import type { Lease } from "./lease.js";

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
  /** A good time to ask again, ms; when the first slot frees by itself, or sooner. */
  readonly retryAfterMs: number;
  /** Several limits: the name that refused. */
  readonly name: string;
  readonly cause?: Error;
}

export type Acquired = Granted | Denied;

export type RunResult<T> =
  /** `lost`: the slot was lost on the way, so others may have run beside `fn`. */
  { readonly status: "granted"; readonly value: T; readonly lost?: true } | Denied;

export interface Waiting {
  /** Wait in line for so long, ms, instead of being refused. Default 0. */
  readonly waitMs?: number;
  /** Gives up waiting: the promise rejects with the signal's reason. A slot granted meanwhile is released. */
  readonly signal?: AbortSignal;
}

/** A whole number from 0, or a function asked before every call. */
export type Limit = number | (() => number);

export interface NamedLimit {
  readonly name: string;
  readonly limit: Limit;
}

/** The limit as a number. Throws a RangeError for anything but a whole number from 0. */
export function limitNow(limit: Limit): number {
  const value = typeof limit === "number" ? limit : limit();
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`a limit is a whole number from 0, not ${value}`);
  return value;
}
