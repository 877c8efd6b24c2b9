import { z } from "zod";
import { count, duration, instant, slot } from "./parts.js";

/** A finding of a run. */
export const finding = z.object({
  kind: z.enum(["leak", "over-admission", "false-rejection", "slow-release"]),
  endpoint: z.string(),
  /** How the calls were ended: `completed`, `aborted`, … */
  ending: z.string(),
  /** One sentence with the numbers in it. */
  proof: z.string(),
  evidence: z.array(
    z.object({
      kind: z.string(),
      text: z.string(),
      /** Numbers of the calls in the run file. */
      calls: z.array(count),
      /** Members of the sorted set. */
      slots: z.array(z.string()),
    }),
  ),
});

/** Something else that may explain a finding. */
export const doubt = z.object({
  /** Stable: `foreign-traffic`, `rate-limit`, … */
  id: z.string(),
  text: z.string(),
  /** True when this doubt could explain the finding: the verdict is then inconclusive. */
  explains: z.boolean(),
});

/** The verdict on a run. */
export const verdict = z.object({
  status: z.enum(["healthy", "finding", "inconclusive"]),
  findings: z.array(finding),
  doubts: z.array(doubt),
});

/** Exact percentiles of every call that counts (nearest rank). */
const percentiles = z.object({
  p50Ms: duration,
  p90Ms: duration,
  p99Ms: duration,
  p999Ms: duration,
  maxMs: duration,
});

/** The document of `llmctl probe`. */
export const probeDocument = z.object({
  schema: z.literal("llmctl.probe/1"),
  id: z.string(),
  startedAt: instant,
  durationMs: duration,
  target: z.object({
    baseUrl: z.string(),
    endpoint: z.string(),
    model: z.string(),
    version: z.string().nullable(),
    /**
     * The server identified itself as LiteLLM, before the first call or in an answer; missing in documents of older
     * runs.
     */
    litellm: z.boolean().optional(),
    /** Hash of the key under test, never the key; `none` without a key. */
    key: z.string(),
  }),
  limit: z.object({
    value: count.nullable(),
    source: z.enum(["flag", "key-info", "header", "refusal", "none"]),
  }),
  plan: z.object({
    requests: count,
    concurrency: count,
    rounds: count,
    stream: z.boolean(),
    ending: z.string(),
    /** A load instead of sequential calls; null when none was requested. */
    load: z
      .object({
        /** Open loop: calls a second on a schedule; null in a closed loop. */
        perS: z.number().nullable(),
        /** Closed loop: callers; null: twice the limit. */
        callers: count.nullable(),
        forMs: duration,
        calls: count,
        pauseMs: duration,
        warmUpMs: duration,
      })
      .nullable(),
  }),
  requests: z.object({ sent: count, ok: count, rejected: count, failed: count, aborted: count }),
  /** Redis was configured and did not answer. */
  redisAway: z.boolean().optional(),
  /** What Redis showed; null without Redis or without its answer. `before` and `after` count slots held. */
  slots: z
    .object({
      key: z.string(),
      shape: z.string(),
      before: z.number(),
      after: z.number(),
      leaked: z.array(slot),
    })
    .nullable(),
  /**
   * The largest number of our calls that overlapped between first and last byte: a lower bound of what was admitted at
   * once.
   */
  peak: z.object({ admitted: count }),
  /** Of answered calls; only those of the load if there was one. Null where no call got that far. */
  latency: z.object({
    firstByte: percentiles.nullable(),
    /** From sending to the bytes of the first content event. */
    firstToken: percentiles.nullable(),
    /** The mean time between content events of each call. */
    betweenTokens: percentiles.nullable(),
    /** The longest time between two content events of each call. */
    longestGap: percentiles.nullable(),
    /** From sending to the last byte. */
    total: percentiles.nullable(),
    /**
     * From when the schedule wanted a call sent to its last byte: what a client waited, without coordinated omission.
     * Null without a rate.
     */
    sinceDue: percentiles.nullable(),
  }),
  /**
   * Calls a second of the load: sent, from its first to its last sending; admitted, until its last one had ended. Null
   * without a load.
   */
  throughput: z
    .object({ offeredPerS: z.number().nullable(), sentPerS: z.number(), admittedPerS: z.number() })
    .nullable(),
  /**
   * What the probe itself added to the time of each call, measured after the run on this machine; null when not
   * measured.
   */
  probeAdds: z.object({ p50Ms: duration, p99Ms: duration }).nullable(),
  /** The slowest recovery of a round with missing capacity; null when there was none. */
  recovery: z
    .object({
      round: count,
      recovered: z.boolean(),
      /** Milliseconds after our last call before it at which capacity was still missing. */
      fromMs: duration,
      /** Milliseconds after which the full capacity was there; null when it never was. */
      toMs: duration.nullable(),
    })
    .nullable(),
  verdict,
  /** The file with every call. */
  run: z.string(),
});

/** See `percentiles`. */
export type Percentiles = z.infer<typeof percentiles>;
/** See the schema `probeDocument`. */
export type ProbeDocument = z.infer<typeof probeDocument>;
