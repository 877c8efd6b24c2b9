import { isRefused, isUnnamed, lastEnd } from "./calls.js";
import type { CallRecord, ProbeEvent, SlotReading } from "./events.js";
import { type KnownLimit, limitInForce } from "./limit.js";

/** What a run was meant to do, as far as its verdict depends on it. */
export interface RunSpec {
  /** False when the server had not identified itself as LiteLLM before the first call. */
  readonly litellm?: boolean;
  /** `/v1/messages` */
  readonly endpoint: string;
  /** How the calls were to end: `completed`, `aborted after 3 content events`. */
  readonly ending: string;
  readonly known: KnownLimit;
  /** A slot given back later than this is late. */
  readonly maxLagMs: number;
  /** How long the run waits for slots to come back. */
  readonly settleMs: number;
  readonly maxTokens: number;
  /** Other clients use the key (--shared). */
  readonly shared: boolean;
  /** No other client uses the key (--exclusive). */
  readonly exclusive: boolean;
  /** A burst was part of the plan. */
  readonly bursts: boolean;
  /** The limiter's window in milliseconds if the load was meant to cross its end; otherwise null. */
  readonly windowMs: number | null;
  /** Why the run ended early; null when it did not. */
  readonly stopped: string | null;
}

/** A run's events, ready to be judged. */
export interface Observations extends RunSpec {
  /** In the order of sending. */
  readonly calls: readonly CallRecord[];
  /**
   * In order of time, from the last reading of `before` on. Empty without Redis, and when the key that was read is not
   * the limiter's.
   */
  readonly readings: readonly SlotReading[];
  /** Readings were made, but none of them showed our calls. */
  readonly otherRedis: boolean;
  /** Redis stopped answering during the run. */
  readonly redisLost: boolean;
  readonly limit: KnownLimit;
}

/** Sorts and completes the events of a run so that rules can judge them. */
export function observe(facts: RunSpec, events: readonly ProbeEvent[]): Observations {
  const sent = events.filter((event) => event.kind === "call").sort((a, b) => a.n - b.n);
  // Behind LiteLLM, a rejection that is not its own comes from the provider.
  const calls = sent.some(({ version }) => version !== null) ? sent.map(asOfProvider) : sent;
  const all = events.filter((event) => event.kind === "slots").sort((a, b) => a.atMs - b.atMs);
  const readings = all.slice(
    Math.max(
      0,
      all.findLastIndex(({ moment }) => moment === "before"),
    ),
  );
  const otherRedis = calls.length > 0 && readings.length > 0 && !readings.some(showsSomething);
  // A run ends with a reading of Redis, unless it was interrupted.
  const redisLost = facts.stopped === null && (readings.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) < lastEnd(calls);
  const usable = otherRedis || redisLost ? [] : readings;
  return { ...facts, calls, readings: usable, otherRedis, redisLost, limit: limitInForce(facts.known, calls) };
}

const asOfProvider = (call: CallRecord): CallRecord =>
  call.rejection && isUnnamed(call) ? { ...call, rejection: { ...call.rejection, source: "provider" } } : call;

/** Caches a value computed from observations, for all rules that need it: observations never change. */
export function oncePerRun<T>(compute: (observations: Observations) => T): (observations: Observations) => T {
  const results = new WeakMap<Observations, { readonly of: T }>();
  return (observations) => {
    const known = results.get(observations) ?? { of: compute(observations) };
    results.set(observations, known);
    return known.of;
  };
}

/** The server is not LiteLLM: neither discovery nor any answer says so. */
export const isNotLitellm = ({ litellm, calls }: Observations): boolean =>
  litellm === false && calls.every((call) => call.version === null && !call.rejection?.limiter);

const showsSomething = ({ type, requests, tokens }: SlotReading): boolean =>
  type !== "none" || requests !== null || tokens !== null;

/** The run's first call was rejected and none of our calls can have caused it: the problem is older than the run. */
export function wasFullBefore({ calls }: Observations): boolean {
  const [first] = calls;
  // Calls sent at once may arrive in another order; the first one may itself be admitted.
  return first !== undefined && !calls.some((call) => call.sentMs <= first.endedMs && !isRefused(call));
}
