import { z } from "zod";
import type { Reading } from "../litellm/reading.js";

/** Milliseconds since the run began, by a clock that never goes back. */
const runMs = z.number();
const count = z.number().int();

/**
 * Where in the plan a call stood: `warm-up` before anything that is judged · `load` many over a time, by a rate or by so many callers ·
 * `sequence` one after another · `burst` all at once · `look` after the plan, to see what came back.
 */
const PHASES = ["warm-up", "load", "sequence", "burst", "look"] as const;

/**
 * How a call ended:
 * `completed` the whole answer came · `aborted` we left, as the plan says · `refused` somebody said 429, or 503 as LiteLLM's fail-closed mode does ·
 * `failed` any other status, or no answer of an API · `cut` the answer ended in good order but for its last event · `broken` the connection broke ·
 * `timeout` a limit of ours passed · `interrupted` Ctrl-C or the end of the run's time.
 */
const ENDINGS = ["completed", "aborted", "refused", "failed", "cut", "broken", "timeout", "interrupted"] as const;

const rejectionRecord = z.object({
  /** As LiteLLM's refusals are read; `unnamed` a server that is not LiteLLM said no, and not by which limit. */
  source: z.enum(["parallel-limit", "rate-limit", "deployment-limit", "redis-away", "provider", "unnamed"]),
  limit: z.number().nullable(),
  scope: z.string().nullable(),
  limiter: z.enum(["v3", "minute"]).nullable(),
  message: z.string(),
});

/** One call, written when it has ended. A time is null when the call never got so far. */
export const callRecord = z.object({
  kind: z.literal("call"),
  /** From 1, in the order of sending; what evidence refers to. */
  n: count,
  round: count,
  phase: z.enum(PHASES),
  /** Of a look: the milliseconds after the last call of the plan at which it was due; 0 otherwise. */
  lookMs: z.number(),
  /** When a fixed rate wanted it sent; null for calls that have no such time. */
  dueMs: runMs.nullable().default(null),
  sentMs: runMs,
  headersMs: runMs.nullable(),
  firstByteMs: runMs.nullable(),
  /** When the bytes with the first content event arrived. */
  firstTokenMs: runMs.nullable(),
  /** When the bytes with the last content event arrived. */
  lastTokenMs: runMs.nullable().default(null),
  /** The longest time between two content events; null with fewer than two. */
  longestGapMs: z.number().nullable().default(null),
  lastByteMs: runMs.nullable(),
  endedMs: runMs,
  ending: z.enum(ENDINGS),
  status: count.nullable(),
  /** Content events of a stream; 0 when it was none. */
  events: count,
  rejection: rejectionRecord.nullable(),
  /** What went wrong, for a person; null when nothing did. */
  error: z.string().nullable(),
  /** The answer came out of the proxy's response cache. */
  cached: z.boolean(),
  version: z.string().nullable(),
  /** `x-ratelimit-api_key-limit-max_parallel_requests`, when the answer had it. */
  limitHeader: z.number().nullable(),
});

/** The limiter's key in Redis at one instant, and the key's own rate counters beside it. */
export const slotReading = z.object({
  kind: z.literal("slots"),
  /** When it was asked for and when it came: Redis answered at some moment between. */
  fromMs: runMs,
  atMs: runMs,
  /** `before` our first call; a later one of these takes its place, when the key turned out to have another name ·
   * `calls` between and during them · `look` after the last one. */
  moment: z.enum(["before", "calls", "look"]),
  /** The limiter's key; null when its name would hold the key under test (a custom-auth key without `sk-`). */
  key: z.string().nullable(),
  /** Redis TIME in milliseconds. */
  timeMs: z.number(),
  type: z.string(),
  /** −1 no expiry, −2 no key. */
  ttlMs: z.number(),
  /** Slots in use; null when the value is no number. */
  held: z.number().nullable(),
  /** The text of a string, to the letter; empty otherwise. */
  value: z.string(),
  /** Members of a sorted set, oldest first; score in whole seconds of Redis TIME. */
  members: z.array(z.object({ id: z.string(), score: z.number() })),
  /** `:requests` of the same key; null when it does not exist. Every attempt raises it, also a refused one. */
  requests: z.number().nullable(),
  /** `:tokens` of the same key; null when it does not exist. */
  tokens: z.number().nullable(),
});

export type Phase = (typeof PHASES)[number];
export type Ending = (typeof ENDINGS)[number];
export type CallRecord = z.infer<typeof callRecord>;
export type SlotReading = z.infer<typeof slotReading>;

/** What a probe saw, in the order in which it ended. Everything that is judged is judged from this alone. */
export type ProbeEvent = CallRecord | SlotReading;

/** A member of a sorted set as Redis returns it. */
export type Member = Reading["members"][number];
