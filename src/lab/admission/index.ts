import type { Usage } from "../answers/usage.js";
import type { CounterWrite, Route } from "../release.js";
import type { Worker } from "../worker.js";

interface Limits {
  readonly max_parallel_requests: number | null;
  readonly rpm_limit: number | null;
  readonly tpm_limit: number | null;
}

/** A call that requests admission. */
export interface Attempt {
  readonly worker: Worker;
  /** The owner's name in Redis: the hash of the key. */
  readonly owner: string;
  readonly limits: Limits;
  readonly route: Route;
  readonly model: string;
  /** The most tokens that the call may use, as the release estimates them. */
  readonly estimate: number;
}

/** The limits of a key. */
export type LimitType = "max_parallel_requests" | "requests" | "tokens";

/** One limit after a call was counted; `remaining` may be negative. */
export interface LimitStatus {
  readonly type: LimitType;
  readonly limit: number;
  readonly remaining: number;
}

/** A rejected attempt. */
export interface Refused {
  readonly admitted: false;
  readonly by: LimitStatus;
}

/** An admitted attempt. */
export interface Admitted {
  readonly admitted: true;
  readonly statuses: readonly LimitStatus[];
  /** Call once, when the call has ended. */
  finish(acts: readonly CounterWrite[], usage: Usage): Promise<void>;
}

/** Decides which calls are admitted, and writes to Redis. One implementation for each shape, or another limiter. */
export interface Admission {
  admit(attempt: Attempt): Promise<Admitted | Refused>;
}
