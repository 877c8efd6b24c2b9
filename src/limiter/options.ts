import type { Clock } from "./clock.js";
import type { WhenDown } from "./fallback.js";
import type { Metrics } from "./metrics.js";
import type { Store } from "./store.js";

export interface LimiterOptions {
  store: Store;
  /** How long a slot stays taken after its holder was last heard of, ms: 100 to 3,600,000. Default 15,000. */
  ttlMs?: number;
  /** What to do when the store does not answer: refuse (`closed`, the default), admit (`open`), or admit a fair part of the limit (`share`). */
  whenDown?: WhenDown;
  /** Decide and count, but admit everybody. */
  shadow?: boolean;
  /** After a refusal, refuse for so long without asking the store, ms. Default 3; 0 asks every time. */
  echoMs?: number;
  /** Calls of one name on their way at a time. Default 2. */
  flights?: number;
  /** Longest line of waiters for one name in this process. Default 10,000. */
  maxWaiting?: number;
  metrics?: Metrics;
  clock?: Clock;
  random?: () => number;
  /** This process's name in lease ids: must be unique. Default: 12 random characters. */
  instance?: string;
}

/** What {@link Limiter.peek} saw. */
export interface Peek {
  readonly held: number;
  /** How long ago the slot that ends first was granted or last renewed, ms; null when none is held. */
  readonly oldestMs: number | null;
  /** When the first slot frees by itself if nobody renews it, ms; null when none is held. */
  readonly nextExpiryMs: number | null;
  readonly seq: number;
  /** The limit of the last grant; 0 when the store remembers none. */
  readonly limit: number;
  /** Whether nothing is admitted because the server had lost data. */
  readonly recovering: boolean;
}
