import type { RedisClient } from "../redis/connect.js";
import { ScriptReply } from "../redis/script-reply.js";
import { loadScript, runScript, type Script } from "../redis/scripts.js";

/** One call in a sorted set; `score` is its start in whole seconds of Redis TIME. */
export interface Slot {
  readonly id: string;
  readonly score: number;
}

/** Takes exactly these members out of a sorted set. */
interface ReleaseSlots {
  readonly kind: "release-slots";
  readonly key: string;
  readonly members: readonly Slot[];
  /** No member may be younger, in ms by Redis TIME; 0 when age is not the evidence. */
  readonly olderThanMs: number;
  /** Whether the evidence is about the whole key, so that a further slot makes it void. */
  readonly whole: boolean;
  /** Whether it must have no expiry; null when that is no part of the evidence. */
  readonly endless: boolean | null;
}

/** The rate counters beside a number when it was last watched; from them a success since then can be told. */
export interface SinceWatch {
  readonly window: string;
  readonly requests: string;
  readonly tokens: string;
  /** Whether a tokens-a-minute limit may add tokens for refused calls. */
  readonly tokenLimited: boolean;
  /** Redis TIME in ms at which the counter may have expired by itself, and begun anew; 0: it has no expiry. */
  readonly untilMs: number;
  /** When `requests` and `tokens` expire, Redis TIME in ms; null where they do not, or are not there. */
  readonly requestsUntilMs: number | null;
  readonly tokensUntilMs: number | null;
}

/** Lowers a counter by what was proved to be left behind, or deletes it. */
interface ReleaseCounter {
  readonly kind: "release-counter";
  readonly key: string;
  /** As it was seen, to the letter. */
  readonly value: string;
  readonly endless: boolean;
  /** Null deletes the key. */
  readonly lowerBy: number | null;
  /** Where the evidence is a watch: one call that ends while another begins leaves the same number, but not the same tokens. */
  readonly since?: SinceWatch | undefined;
}

/** One change to one key, with all that must still be true when it is made. */
export type ReleaseAction = ReleaseSlots | ReleaseCounter;

export type ActResult = { readonly done: true } | { readonly done: false; readonly reason: string };

const releaseSlots = loadScript(import.meta.url, "release-slots");
const releaseCounter = loadScript(import.meta.url, "release-counter");

/** Carries out one act in one Lua call. `done: false`: its evidence no longer holds, and nothing was written. */
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

/** The counter, and where there was a watch the rate counters beside it. */
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

/** Members and scores in turn, as Redis takes them. */
export const toArguments = (members: readonly Slot[]): (string | number)[] =>
  members.flatMap(({ id, score }) => [id, score]);
