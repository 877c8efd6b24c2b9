import { z } from "zod";
import { doubt, finding } from "../output/documents/probe.js";
import { callRecord, slotReading } from "../verdict/events.js";
import { proven } from "../verdict/findings/proven.js";

/**
 * A run file is NDJSON: `run` first, then `call` and `slots` as they happen, `end` last. A killed run has no `end`, and
 * its last line may be torn; all whole lines count. The key under test is never in it, only its SHA-256.
 */
export const RUN_SCHEMA = "llmctl.run/1";

const runHeader = z.object({
  kind: z.literal("run"),
  schema: z.literal(RUN_SCHEMA),
  id: z.string(),
  startedAt: z.string(),
  target: z.object({
    baseUrl: z.string(),
    endpoint: z.string(),
    model: z.string(),
    version: z.string().nullable(),
    /** The server had identified itself as LiteLLM before the first call; missing in older files. */
    litellm: z.boolean().optional(),
    /** SHA-256 of the key under test, which is its name in LiteLLM for `sk-` keys; `none` without a key. */
    key: z.string(),
  }),
  /** max_parallel_requests as it was known at the start. */
  limit: z.object({
    value: z.number().int().nullable(),
    source: z.enum(["flag", "key-info", "header", "refusal", "none"]),
  }),
  plan: z.object({
    sequence: z.number().int(),
    burst: z.number().int(),
    rounds: z.number().int(),
    /** Unmeasured calls before it. */
    warmUp: z.number().int().default(0),
    /** A load that replaces the sequence; see src/probe/load/options.ts. */
    load: z
      .object({
        perS: z.number().nullable(),
        callers: z.number().int().nullable(),
        forMs: z.number(),
        calls: z.number().int(),
        pauseMs: z.number(),
        warmUpMs: z.number(),
      })
      .nullable()
      .default(null),
    /** The limiter's window in milliseconds whose end the load crossed. */
    windowMs: z.number().nullable().default(null),
    keepAlive: z.boolean().default(false),
    /** The share of failed calls at which the run stops. */
    bail: z.number().nullable().default(null),
    stream: z.boolean(),
    /** `completed`, `aborted after 3 events`, `aborted after 500 ms`. */
    ending: z.string(),
    maxTokens: z.number().int(),
    maxLagMs: z.number(),
    settleMs: z.number(),
    shared: z.boolean(),
    exclusive: z.boolean(),
    /** The key was created for this run and deleted after it. */
    temporary: z.boolean(),
  }),
  /** Redis was configured and did not answer before the first call. */
  redisAway: z.boolean().optional(),
  /** Null when the run had no Redis. */
  redis: z
    .object({
      /** Without credentials. */
      address: z.string(),
      namespace: z.string().nullable(),
      /**
       * The limiter's key as far as it was known at the start; null when its name would contain the key under test.
       * Each reading has its own.
       */
      key: z.string().nullable(),
    })
    .nullable(),
});

const runEnd = z.object({
  kind: z.literal("end"),
  endedAt: z.string(),
  durationMs: z.number(),
  /** Why it ended early; null when it completed its plan. */
  stopped: z.string().nullable(),
  /** What the probe itself added to each call's time; see src/probe/overhead.ts. */
  overhead: z.object({ p50Ms: z.number(), p99Ms: z.number() }).nullable().default(null),
  /** The limit at the end: a rejection may have shown one that was unknown before. */
  limit: runHeader.shape.limit,
  /** The shape of the key that the readings show; null without Redis or when no key was seen. */
  shape: z.enum(["slots", "windowed", "minute"]).nullable(),
  verdict: z.object({
    status: z.enum(["healthy", "finding", "inconclusive"]),
    findings: z.array(finding),
    doubts: z.array(doubt),
  }),
  /** What this run proves that its own calls left behind; null when it proves nothing. */
  proven: proven.nullable(),
});

/** First line of a run file. */
export type RunHeader = z.infer<typeof runHeader>;
/** Last line of a run file. */
export type RunEnd = z.infer<typeof runEnd>;

/** Any line of a run file. */
export const runLine = z.discriminatedUnion("kind", [runHeader, callRecord, slotReading, runEnd]);

/** What the probe adds to the time of a call, in milliseconds. */
export interface Overhead {
  readonly p50Ms: number;
  readonly p99Ms: number;
}
