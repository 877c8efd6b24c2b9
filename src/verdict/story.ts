import { isRefused, lastEnd } from "./calls.js";
import type { CallRecord, ProbeEvent, SlotReading } from "./history.js";
import { type KnownLimit, limitInForce } from "./limit.js";

/** What a run was meant to do, as far as a judge must know. */
export interface Case {
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
export interface Story extends Case {
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

export function tell(facts: Case, events: readonly ProbeEvent[]): Story {
  const calls = events.filter((event) => event.kind === "call").sort((a, b) => a.n - b.n);
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

const showsSomething = ({ type, requests, tokens }: SlotReading): boolean =>
  type !== "none" || requests !== null || tokens !== null;

/** The run's first call was refused: whatever is amiss was so before it. */
export const wasFullBefore = ({ calls }: Story): boolean => calls[0] !== undefined && isRefused(calls[0]);
