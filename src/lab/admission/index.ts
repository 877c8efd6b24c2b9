import type { Usage } from "../answers/usage.js";
import type { CounterWrite, Route } from "../release.js";
import type { Worker } from "../worker.js";

interface Limits {
  readonly max_parallel_requests: number | null;
  readonly rpm_limit: number | null;
  readonly tpm_limit: number | null;
}

/** One call that asks to be admitted. */
export interface Attempt {
  readonly worker: Worker;
  /** What stands in Redis: the hash of the key. */
  readonly owner: string;
  readonly limits: Limits;
  readonly route: Route;
  readonly model: string;
  /** Tokens that the call may use at most, as the release estimates them. */
  readonly estimate: number;
}

export type LimitType = "max_parallel_requests" | "requests" | "tokens";

/** One limit after a call was counted; `remaining` may be negative. */
export interface LimitStatus {
  readonly type: LimitType;
  readonly limit: number;
  readonly remaining: number;
}

export interface Refused {
  readonly admitted: false;
  readonly by: LimitStatus;
}

export interface Admitted {
  readonly admitted: true;
  readonly statuses: readonly LimitStatus[];
  /** Called once, when the call has ended. */
  finish(acts: readonly CounterWrite[], usage: Usage): Promise<void>;
}

/** Who may run, and what is left behind in Redis. One per shape; another limiter can take its place. */
export interface Admission {
  admit(attempt: Attempt): Promise<Admitted | Refused>;
}
