import type { UserCode } from "./user-code.js";

/** Counters. Each names a failure that is silent elsewhere, or the traffic to set it against. */
export type Counter =
  | "granted"
  | "refused"
  | "recovering"
  | "unavailable"
  /** Admitted without a slot: Redis was away and the policy said so. */
  | "fallback"
  /** Would have been refused; admitted in shadow mode. */
  | "shadow"
  | "released"
  /** Slots released after their holder's deadline, or already gone. */
  | "late"
  /** Slots of crashed holders that an acquire found past their deadline. */
  | "reclaimed"
  /** Leases put back after the server lost them, and slots seen above the limit. */
  | "overage"
  /** Leases whose holder had to stop before it released. */
  | "lost"
  | "renewals"
  /** Calls whose outcome is not known: no reply in time, or cut before it. */
  | "unknown"
  /** Scripts sent in full, because the server did not have them. */
  | "reloads"
  /** Times the server was found to have lost data. */
  | "losses"
  | "clockJumps";

/** Last known values, by limiter name; `breaker` is 1 while Redis is skipped, `clockOffset` is server minus monotonic ms. */
export type Gauge = "limit" | "held" | "waiting" | "breaker" | "clockOffset";

/** Milliseconds, but `batch`: ids a call. `renewalLag`: how long after a third of the ttl a renewal was sent. */
export type Histogram = "acquire" | "wait" | "hold" | "batch" | "renewalLag";

/** Where the limiter tells what it does. Called on the hot path, once a batch where that is possible: keep it cheap. */
export interface Metrics {
  count(counter: Counter, by: number, name: string): void;
  gauge(gauge: Gauge, value: number, name: string): void;
  observe(histogram: Histogram, value: number, name: string): void;
}

/** The default: counts nothing, and lets the hot path skip its time stamps. */
export const noMetrics: Metrics = { count() {}, gauge() {}, observe() {} };

/** The same metrics, which may throw: see {@link UserCode}. */
export function guardMetrics(metrics: Metrics, user: UserCode): Metrics {
  if (metrics === noMetrics) return noMetrics;
  return {
    count: (counter, by, name) => user.call("metrics.count", () => metrics.count(counter, by, name)),
    gauge: (gauge, value, name) => user.call("metrics.gauge", () => metrics.gauge(gauge, value, name)),
    observe: (histogram, value, name) => user.call("metrics.observe", () => metrics.observe(histogram, value, name)),
  };
}
