import type { Clock } from "./clock.js";
import type { Lease } from "./lease.js";
import type { Metrics } from "./metrics.js";
import type { Store } from "./store.js";

/** What a limiter emits, with what. What a listener throws is reported by `process.emitWarning`, once. */
export interface LimiterEvents {
  /** A lease ended before it was released: its signal has aborted. */
  lost: [lease: Lease];
  /** `server`: its clock moved against ours; a jump forward may have ended leases early. `local`: wall and monotonic clock part, as after a suspend. */
  clockJump: [jump: { source: "server" | "local"; jumpMs: number; name: string }];
  /** The server had lost data; nothing is admitted for one ttl. */
  stateLoss: [loss: { name: string; recoverMs: number }];
  /** 80 % of the limit are held, for the first time since it was less. */
  nearLimit: [state: { name: string; held: number; limit: number }];
  /** The store is skipped for about a second after five failures in a row, or is asked again. `domain`: the name in a Cluster, else empty. */
  breaker: [state: { open: boolean; domain: string }];
  /** A setting of the server that weakens the promise. */
  warning: [message: string];
}

/** What the parts of one limiter share. */
export interface Context {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly process: string;
  readonly ttlMs: number;
  readonly maxInFlight: number;
  readonly refusalCacheMs: number;
  readonly maxWaiting: number;
  /** Whether waiters go on waiting while the server is away. */
  readonly waitWhileDown: boolean;
  /** Nothing is admitted any more. */
  readonly closed: boolean;
  nextId(): string;
  /** Tells the listeners, outside of what runs now. */
  emit<E extends keyof LimiterEvents>(event: E, ...args: LimiterEvents[E]): void;
  /** Flushes the calls of a name at the end of this turn. */
  flushSoon(batcher: { flush(): void }): void;
  /** Asks the heartbeat to look at `at`, monotonic ms, at the latest. */
  beatBy(at: number): void;
  /** A lease was released or lost. */
  leaseEnded(): void;
  /** Reports when wall and monotonic clock have parted. */
  watchClock(name: string): void;
}
