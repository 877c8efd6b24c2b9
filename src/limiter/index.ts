/** llmctl/limiter: how many may run at once, exactly, across processes. */
export type { BoundLimiter } from "./bound-limiter.js";
export { type Clock, systemClock } from "./clock.js";
export type { LimiterEvents } from "./context.js";
export type { WhenDown } from "./fallback.js";
export type { HeldSlot } from "./inspect.js";
export { HeldTooLong, type Lease, LeaseLost, LimiterClosed, type ReleaseOutcome } from "./lease.js";
export { createLimiter, type Limiter } from "./limiter.js";
export { memoryStore } from "./memory-store.js";
export type { Counter, Gauge, Histogram, Metrics } from "./metrics.js";
export type { LimiterOptions, Peek } from "./options.js";
export { type PromClient, type PromMetricsOptions, promMetrics } from "./prom-metrics.js";
export { type RedisClient, type RedisStoreOptions, redisStore } from "./redis-store.js";
export type { Acquired, Denied, Granted, Limit, NamedLimit, RunResult, Waiting } from "./result.js";
export {
  type AcquireCall,
  type ReleaseCall,
  type RenewCall,
  type Reply,
  type Seen,
  type Store,
  StoreError,
  type StoreListener,
  type View,
} from "./store.js";
