/** llmctl/limiter: how many may run at once, exactly, across processes. */
export { type Clock, systemClock } from "./clock.js";
export type { LimiterEvents } from "./failure-domain.js";
export type { WhenDown } from "./fallback.js";
export { type Lease, LeaseLost, type ReleaseOutcome } from "./lease.js";
export { createLimiter, type Limiter } from "./limiter.js";
export { memoryStore } from "./memory-store.js";
export type { Counter, Gauge, Histogram, Metrics } from "./metrics.js";
export type { LimiterOptions, Peek } from "./options.js";
export { type RedisStoreOptions, redisStore } from "./redis-store.js";
export type { Acquired, Denied, Granted, Limit, NamedLimit, RunResult, Waiting } from "./result.js";
export { type Store, StoreError } from "./store.js";
