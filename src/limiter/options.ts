import type { Clock } from "./clock.js";
import type { WhenDown } from "./fallback.js";
import type { Metrics } from "./metrics.js";
import type { Store } from "./store.js";

/** Options of {@link createLimiter}. */
export interface LimiterOptions {
  /** Where leases live. Several limiters may share one. */
  store: Store;
  /** How long a slot stays taken after its holder was last heard of, ms: 100 to 3,600,000. Default 15,000. */
  ttlMs?: number;
  /** What to do when the store does not answer: refuse (`closed`, the default), admit (`open`), or admit a fair part of the limit (`share`). */
  whenDown?: WhenDown;
  /** Decide and count, but admit every call. Default false. */
  shadow?: boolean;
  /** After a refusal, refuse for this long without asking the store, ms. Default 3; 0 asks every time. */
  refusalCacheMs?: number;
  /** The former name of `refusalCacheMs`. @deprecated */
  echoMs?: number;
  /** Flushes of one name on their way at a time, from 1. Default 2. */
  maxInFlight?: number;
  /** The former name of `maxInFlight`. @deprecated */
  flights?: number;
  /** The most callers that wait for one name in this process; further ones are refused. Default 10,000. */
  maxWaiting?: number;
  /** Where to count. What it throws is reported by `process.emitWarning`, once. Default: nowhere. */
  metrics?: Metrics;
  /** The clock that leases are judged by, for tests. Default: the process's. */
  clock?: Clock;
  /** Numbers from 0 to 1, for jitter. Default `Math.random`. */
  random?: () => number;
  /** Put in front of lease ids, for a person who reads them: letters, digits and `_.:-`. Random characters are added. Default: only those. */
  instance?: string;
}

/** What {@link Limiter.peek} saw. */
export interface Peek {
  /** Slots taken. */
  readonly held: number;
  /** How long ago the slot that ends first was granted or last renewed, ms; null when none is held. */
  readonly oldestMs: number | null;
  /** When the first slot frees by itself if it is not renewed, ms; null when none is held. */
  readonly nextExpiryMs: number | null;
  /** The last fencing number; 0 when the store knows none. */
  readonly seq: number;
  /** The limit of the last grant; 0 when the store knows none. */
  readonly limit: number;
  /** Whether nothing is admitted because the server had lost data. */
  readonly recovering: boolean;
}

/** The options with their defaults. Throws a RangeError that names the option which makes no sense. */
export function checkOptions(options: LimiterOptions) {
  const number = (name: keyof LimiterOptions, fallback: number, least: number, most: number, whole = false): number => {
    const value = (options[name] ?? fallback) as number;
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    throw new RangeError(`${name} is ${whole ? "a whole number " : ""}from ${least} to ${most}, not ${value}`);
  };
  const { whenDown = "closed", instance } = options;
  if (!["closed", "open", "share"].includes(whenDown))
    throw new RangeError(`whenDown is closed, open or share, not ${whenDown}`);
  if (instance !== undefined && !/^[\w.:-]{1,100}$/.test(instance))
    throw new RangeError(`instance is 1 to 100 letters, digits or _.:-, not ${JSON.stringify(instance)}`);
  return {
    ttlMs: Math.floor(number("ttlMs", 15_000, 100, 3_600_000)),
    refusalCacheMs: number(options.refusalCacheMs === undefined ? "echoMs" : "refusalCacheMs", 3, 0, 60_000),
    maxInFlight: number(options.maxInFlight === undefined ? "flights" : "maxInFlight", 2, 1, 1_000, true),
    maxWaiting: number("maxWaiting", 10_000, 0, Number.MAX_SAFE_INTEGER, true),
    whenDown,
  };
}
