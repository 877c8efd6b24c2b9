import { z } from "zod";
import { count, duration, instant, owner, slot } from "./parts.js";

const dumpKey = z.object({
  /** The exact Redis key. */
  key: z.string(),
  namespace: z.string().nullable(),
  owner,
  shape: z.enum(["slots", "windowed", "minute", "rate", "unknown"]),
  /** Redis TYPE. */
  type: z.string(),
  /** Slots in use according to Redis; null where the key is no counter of calls in flight. */
  held: z.number().nullable(),
  /** max_parallel_requests; null when unknown. */
  limit: count.nullable(),
  /** Time to live; −1 means no expiry. */
  ttlMs: duration,
  /** Age of the oldest slot; null where the shape does not store it. */
  oldestMs: duration.nullable(),
  state: z.enum(["ok", "full", "stuck", "wrong-type", "negative", "orphan"]),
  /** Why it has this state. */
  why: z.string(),
  /** Oldest first; only with --slots. */
  slots: z.array(slot),
});

/** The document of `llmctl dump`. */
export const dumpDocument = z.object({
  schema: z.literal("llmctl.dump/1"),
  redis: z.object({
    /** Without user or password. */
    url: z.string(),
    version: z.string().nullable(),
    time: instant,
  }),
  /** The proxy that reported limits and aliases; null when none was configured or none answered. */
  proxy: z.object({ baseUrl: z.string(), version: z.string().nullable() }).nullable(),
  /** The most urgent first. */
  keys: z.array(dumpKey),
  /** True when not all keys are listed; ndjson and csv list all. */
  truncated: z.boolean(),
  /** Number of keys, listed or not. */
  total: count,
  /** Number of keys in each state. */
  states: z.record(z.string(), count),
});

/** One line of `dump --watch` without a terminal: a changed key with its present values. */
export const dumpChange = dumpKey.extend({
  schema: z.literal("llmctl.dump-change/1"),
  /** By our clock. */
  time: instant,
  /** `present`: found by the first reading; `gone`: as last seen. */
  change: z.enum(["present", "appeared", "changed", "gone"]),
  heldBefore: z.number().nullable(),
});

/** See the schema `dumpChange`. */
export type DumpChange = z.infer<typeof dumpChange>;
/** One of the limiter's keys. */
export type DumpKey = z.infer<typeof dumpKey>;
/** See the schema `dumpDocument`. */
export type DumpDocument = z.infer<typeof dumpDocument>;
