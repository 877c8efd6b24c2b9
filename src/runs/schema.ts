import { z } from "zod";
import { doubt, finding } from "../output/documents/probe.js";
import { callRecord, slotReading } from "../verdict/events.js";
import { proven } from "../verdict/proven.js";

/**
 * A run file is NDJSON: `run` first, then `call` and `slots` as they happen, `end` last. A run that was killed has no `end`, and its last
 * line may be torn; all that is whole counts. The key under test is never in it, only its SHA-256.
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
    /** It had shown itself to be LiteLLM before the first call; not in older files. */
    litellm: z.boolean().optional(),
    /** SHA-256 of the key under test, which for `sk-` keys is what LiteLLM calls it; `none` without a key. */
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
    /** Calls before it that are not measured. */
    warmUp: z.number().int().default(0),
    /** Many calls over a time in place of a sequence; see src/probe/load/options.ts. */
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
    /** The limiter's window through whose end the load went. */
    windowMs: z.number().nullable().default(null),
    keepAlive: z.boolean().default(false),
    /** The share of failed calls at which the run was to be given up. */
    bail: z.number().nullable().default(null),
    stream: z.boolean(),
    /** `completed`, `aborted after 3 events`, `aborted after 500 ms`. */
    ending: z.string(),
    maxTokens: z.number().int(),
    maxLagMs: z.number(),
    settleMs: z.number(),
    shared: z.boolean(),
    exclusive: z.boolean(),
    /** The key was made for this run and deleted after it. */
    temporary: z.boolean(),
  }),
  /** One was named, and did not answer before the first call. */
  redisAway: z.boolean().optional(),
  /** Null when the run had no Redis. */
  redis: z
    .object({
      /** Without credentials. */
      address: z.string(),
      namespace: z.string().nullable(),
      /** The limiter's key as far as it was known at the start; null when its name would hold the key under test. Readings have their own. */
      key: z.string().nullable(),
    })
    .nullable(),
});

const runEnd = z.object({
  kind: z.literal("end"),
  endedAt: z.string(),
  durationMs: z.number(),
  /** Why it ended early; null when it did all it had planned. */
  stopped: z.string().nullable(),
  /** What the probe itself added to each call's time; see src/probe/overhead.ts. */
  overhead: z.object({ p50Ms: z.number(), p99Ms: z.number() }).nullable().default(null),
  /** The limit as it was known at the end: a rejection may have named it. */
  limit: runHeader.shape.limit,
  /** Of the key that the readings show; null without Redis or when nothing was seen. */
  shape: z.enum(["slots", "windowed", "minute"]).nullable(),
  verdict: z.object({
    status: z.enum(["healthy", "finding", "inconclusive"]),
    findings: z.array(finding),
    doubts: z.array(doubt),
  }),
  /** What this run proves that its own calls did not release; null when it proves nothing. */
  proven: proven.nullable(),
});

export type RunHeader = z.infer<typeof runHeader>;
export type RunEnd = z.infer<typeof runEnd>;

/** Any line of a run file. */
export const runLine = z.discriminatedUnion("kind", [runHeader, callRecord, slotReading, runEnd]);

/** What the probe adds to the time of a call, in milliseconds. */
export interface Overhead {
  readonly p50Ms: number;
  readonly p99Ms: number;
}
