import { z } from "zod";
import type { Reading } from "../litellm/counters/read.js";
import { callResult, runMs } from "../llm/call-result.js";

const count = z.number().int();

/**
 * Where in the plan a call stood: `warm-up` before anything that is judged · `load` many over a time, by a rate or by so many callers ·
 * `sequence` one after another · `burst` all at once · `look` after the plan, to see what came back.
 */
const PHASES = ["warm-up", "load", "sequence", "burst", "look"] as const;

/** One call, written when it has ended. */
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
  ...callResult.shape,
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
export type CallRecord = z.infer<typeof callRecord>;
export type SlotReading = z.infer<typeof slotReading>;

/** What a probe saw, in the order in which it ended. Everything that is judged is judged from this alone. */
export type ProbeEvent = CallRecord | SlotReading;

/** A member of a sorted set as Redis returns it. */
export type Member = Reading["members"][number];
