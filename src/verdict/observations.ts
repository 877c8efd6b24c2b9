import { isRefused, isUnnamed, lastEnd } from "./calls.js";
import type { CallRecord, ProbeEvent, SlotReading } from "./events.js";
import { type KnownLimit, limitInForce } from "./limit.js";

/** What a run was meant to do, as far as a judge must know. */
export interface RunSpec {
  /** False when the other side did not show itself to be LiteLLM before the first call. */
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
  /** Others use the key. */
  readonly shared: boolean;
  /** Nobody else does. */
  readonly exclusive: boolean;
  /** A burst was part of the plan. */
  readonly bursts: boolean;
  /** The limiter's window, in milliseconds, through whose end the load was to go; null when it was not. */
  readonly windowMs: number | null;
  /** Why the run ended early; null when it did not. */
  readonly stopped: string | null;
}

/** A run, ready to be judged. */
export interface Observations extends RunSpec {
  /** In the order of sending. */
  readonly calls: readonly CallRecord[];
  /** In the order of time, from the last one of `before` on; empty without Redis, and when what was read is not the limiter's. */
  readonly readings: readonly SlotReading[];
  /** Readings were made, but in them nothing of our calls was ever seen. */
  readonly otherRedis: boolean;
  /** Redis stopped answering in the middle. */
  readonly redisLost: boolean;
  readonly limit: KnownLimit;
}

export function observe(facts: RunSpec, events: readonly ProbeEvent[]): Observations {
  const sent = events.filter((event) => event.kind === "call").sort((a, b) => a.n - b.n);
  // Behind LiteLLM a refusal that is not its own is the provider's.
  const calls = sent.some(({ version }) => version !== null) ? sent.map(asOfProvider) : sent;
  const all = events.filter((event) => event.kind === "slots").sort((a, b) => a.atMs - b.atMs);
  const readings = all.slice(
    Math.max(
      0,
      all.findLastIndex(({ moment }) => moment === "before"),
    ),
  );
  const otherRedis = calls.length > 0 && readings.length > 0 && !readings.some(showsSomething);
  // The last thing that a run does is to look at Redis, unless it was interrupted.
  const redisLost = facts.stopped === null && (readings.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) < lastEnd(calls);
  const usable = otherRedis || redisLost ? [] : readings;
  return { ...facts, calls, readings: usable, otherRedis, redisLost, limit: limitInForce(facts.known, calls) };
}

const asOfProvider = (call: CallRecord): CallRecord =>
  call.rejection && isUnnamed(call) ? { ...call, rejection: { ...call.rejection, source: "provider" } } : call;

/** Computes something of a story once, for all rules that ask for it: a story is never changed. */
export function oncePerStory<T>(compute: (story: Observations) => T): (story: Observations) => T {
  const results = new WeakMap<Observations, { readonly of: T }>();
  return (story) => {
    const known = results.get(story) ?? { of: compute(story) };
    results.set(story, known);
    return known.of;
  };
}

/** The other side is not LiteLLM: neither what it was asked before nor any answer says so. */
export const isNotLitellm = ({ litellm, calls }: Observations): boolean =>
  litellm === false && calls.every((call) => call.version === null && !call.rejection?.limiter);

const showsSomething = ({ type, requests, tokens }: SlotReading): boolean =>
  type !== "none" || requests !== null || tokens !== null;

/** The run's first call was refused, and none of ours can have been in its way: whatever is amiss was so before it. */
export function wasFullBefore({ calls }: Observations): boolean {
  const [first] = calls;
  // Of calls that are sent at once the first need not be the first to arrive; the first itself may be one that was let through.
  return first !== undefined && !calls.some((call) => call.sentMs <= first.endedMs && !isRefused(call));
}
