import { z } from "zod";
import { count, duration, instant, owner, slot } from "./parts.js";

const dumpKey = z.object({
  /** The Redis key, as it is. */
  key: z.string(),
  namespace: z.string().nullable(),
  owner,
  shape: z.enum(["slots", "windowed", "minute", "rate", "unknown"]),
  /** Redis TYPE. */
  type: z.string(),
  /** Slots in use as Redis sees it; null where the key is not a counter of calls in flight. */
  held: z.number().nullable(),
  /** max_parallel_requests; null when nobody told. */
  limit: count.nullable(),
  /** Time to live; −1 means no expiry. */
  ttlMs: duration,
  /** Age of the oldest slot; null where the shape does not say. */
  oldestMs: duration.nullable(),
  state: z.enum(["ok", "full", "stuck", "wrong-type", "negative", "orphan"]),
  /** Why it has this state, in words. */
  why: z.string(),
  /** Oldest first; only with --slots. */
  slots: z.array(slot),
});

export const dumpDocument = z.object({
  schema: z.literal("llmctl.dump/1"),
  redis: z.object({
    /** Without user or password. */
    url: z.string(),
    version: z.string().nullable(),
    time: instant,
  }),
  /** The proxy that told limits and aliases; null when none was asked or none answered. */
  proxy: z.object({ baseUrl: z.string(), version: z.string().nullable() }).nullable(),
  /** The most urgent first. */
  keys: z.array(dumpKey),
  /** True when not all keys are listed; ndjson and csv list all. */
  truncated: z.boolean(),
  /** How many keys there are, listed or not. */
  total: count,
  /** How many of them are in each state. */
  states: z.record(z.string(), count),
});

/** One line of `dump --watch` off a terminal: a key that changed, as it is now. */
export const dumpChange = dumpKey.extend({
  schema: z.literal("llmctl.dump-change/1"),
  /** By our clock. */
  time: instant,
  /** `present`: was there at the first look; `gone`: as it was last seen. */
  change: z.enum(["present", "appeared", "changed", "gone"]),
  heldBefore: z.number().nullable(),
});

export type DumpChange = z.infer<typeof dumpChange>;
export type DumpKey = z.infer<typeof dumpKey>;
export type DumpDocument = z.infer<typeof dumpDocument>;
