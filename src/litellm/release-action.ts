import type { RedisClient } from "../redis/connect.js";
import { ScriptReply } from "../redis/script-reply.js";
import { loadScript, runScript, type Script } from "../redis/scripts.js";

/** One call in a sorted set; `score` is its start in whole seconds of Redis TIME. */
export interface Slot {
  readonly id: string;
  readonly score: number;
}

/** Removes exactly these members from a sorted set. */
interface ReleaseSlots {
  readonly kind: "release-slots";
  readonly key: string;
  readonly members: readonly Slot[];
  /** No member may be younger, in milliseconds of Redis TIME; 0 when age is not the evidence. */
  readonly olderThanMs: number;
  /** Whether the evidence is about the whole key, so that another slot invalidates it. */
  readonly whole: boolean;
  /** Whether it must have no expiry; null when that is not part of the evidence. */
  readonly endless: boolean | null;
}

/** The rate counters beside a counter at its last observation, which show later successes. */
export interface SinceWatch {
  readonly window: string;
  readonly requests: string;
  readonly tokens: string;
  /** Whether a tokens-per-minute limit may add tokens for rejected calls. */
  readonly tokenLimited: boolean;
  /** Redis TIME in milliseconds at which the counter may have expired and started again; 0: no expiry. */
  readonly untilMs: number;
  /** When `requests` and `tokens` expire, Redis TIME in milliseconds; null where they do not or are missing. */
  readonly requestsUntilMs: number | null;
  readonly tokensUntilMs: number | null;
}

/** Decrements a counter by what was proved to be leaked, or deletes it. */
interface ReleaseCounter {
  readonly kind: "release-counter";
  readonly key: string;
  /** The exact observed value. */
  readonly value: string;
  readonly endless: boolean;
  /** Null deletes the key. */
  readonly lowerBy: number | null;
  /**
   * Where the evidence is an observation: a call that ends while another begins leaves the same number, but not the
   * same tokens.
   */
  readonly since?: SinceWatch | undefined;
}

/** One change to one key, with all conditions that must still hold. */
export type ReleaseAction = ReleaseSlots | ReleaseCounter;

/** Whether the change was made, or the reason why not. */
export type ActResult = { readonly done: true } | { readonly done: false; readonly reason: string };

const releaseSlots = loadScript(import.meta.url, "release-slots");
const releaseCounter = loadScript(import.meta.url, "release-counter");

/** Applies one action in one Lua call. `done: false`: its evidence no longer holds, and nothing was written. */
export async function applyAction(redis: RedisClient, act: ReleaseAction): Promise<ActResult> {
  return act.kind === "release-slots"
    ? toActResult(releaseSlots, await runScript(redis, releaseSlots, [act.key], slotArguments(act)))
    : toActResult(releaseCounter, await runScript(redis, releaseCounter, rateKeysOf(act), counterArguments(act)));
}

/** What a script that acts replies: 1, or 0 and why not. */
export function toActResult(script: Script, reply: unknown): ActResult {
  const parts = new ScriptReply(script, reply);
  return parts.number() === 1 ? { done: true } : { done: false, reason: parts.text() };
}

/** The counter, and after an observation the rate counters beside it. */
const rateKeysOf = ({ key, since }: ReleaseCounter): string[] => [
  key,
  ...(since ? ["window", "requests", "tokens"].map((field) => `${key.slice(0, key.lastIndexOf(":"))}:${field}`) : []),
];

const counterArguments = ({ value, endless, lowerBy, since }: ReleaseCounter): (string | number)[] => [
  value,
  endless ? "endless" : "expires",
  lowerBy ?? 0,
  ...(since ? sinceArguments(since) : []),
];

const sinceArguments = (since: SinceWatch): (string | number)[] => [
  ...[since.window, since.requests, since.tokens, since.tokenLimited ? 1 : 0, since.untilMs],
  ...[since.requestsUntilMs ?? -1, since.tokensUntilMs ?? -1],
];

const slotArguments = ({ olderThanMs, whole, endless, members }: ReleaseSlots): (string | number)[] => [
  olderThanMs,
  whole ? 1 : 0,
  endless === null ? "any" : endless ? "endless" : "expires",
  ...toArguments(members),
];

/** Alternating members and scores: the ARGV of the scripts. */
export const toArguments = (members: readonly Slot[]): (string | number)[] =>
  members.flatMap(({ id, score }) => [id, score]);
