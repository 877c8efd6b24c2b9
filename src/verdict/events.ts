import { z } from "zod";
import type { Reading } from "../litellm/counters/read.js";
import { callResult, runMs } from "../llm/call-result.js";

const count = z.number().int();

/**
 * Where in the plan a call belongs: `warm-up` before anything that is judged · `load` at a rate or by concurrent
 * callers · `sequence` one after another · `burst` all at once · `look` a recheck after the plan.
 */
const PHASES = ["warm-up", "load", "sequence", "burst", "look"] as const;

/** One call, written when it has ended. Times are milliseconds since the start of the run. */
export const callRecord = z.object({
  kind: z.literal("call"),
  /** From 1, in the order of sending; what evidence refers to. */
  n: count,
  round: count,
  phase: z.enum(PHASES),
  /** For a recheck: when it was due, in milliseconds after the last call of the plan; otherwise 0. */
  lookMs: z.number(),
  /** When a fixed rate scheduled it; null for calls without a schedule. */
  dueMs: runMs.nullable().default(null),
  ...callResult.shape,
});

/** The limiter's key in Redis at one instant, with the key's own rate counters. */
export const slotReading = z.object({
  kind: z.literal("slots"),
  /** When the reading was requested and when it arrived: Redis answered at a moment between. */
  fromMs: runMs,
  atMs: runMs,
  /**
   * `before` our first call (a later one replaces it if the key turned out to have another name) · `calls` between and
   * during them · `look` after the last one.
   */
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
  /** The exact text of a string; empty otherwise. */
  value: z.string(),
  /** Members of a sorted set, oldest first; score in whole seconds of Redis TIME. */
  members: z.array(z.object({ id: z.string(), score: z.number() })),
  /** `:requests` of the same key; null when it does not exist. Every attempt raises it, rejected ones too. */
  requests: z.number().nullable(),
  /** `:tokens` of the same key; null when it does not exist. */
  tokens: z.number().nullable(),
});

/** A value of `CallRecord.phase`. */
export type Phase = (typeof PHASES)[number];
/** One call of a run. */
export type CallRecord = z.infer<typeof callRecord>;
/** One reading of the limiter's key. */
export type SlotReading = z.infer<typeof slotReading>;

/** What a probe saw, in the order in which it ended. The verdict rests on this alone. */
export type ProbeEvent = CallRecord | SlotReading;

/** A member of a sorted set as Redis returns it. */
export type Member = Reading["members"][number];
