import { z } from "zod";
import { count, duration, instant, slot } from "./parts.js";

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

export const doubt = z.object({
  /** Stable: `foreign-traffic`, `rate-limit`, … */
  id: z.string(),
  text: z.string(),
  /** True when this doubt could explain the finding: the verdict is then inconclusive. */
  explains: z.boolean(),
});

export const verdict = z.object({
  status: z.enum(["healthy", "finding", "inconclusive"]),
  findings: z.array(finding),
  doubts: z.array(doubt),
});

/** Exact, of every call that counts (nearest rank). */
const percentiles = z.object({
  p50Ms: duration,
  p90Ms: duration,
  p99Ms: duration,
  p999Ms: duration,
  maxMs: duration,
});

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
    /** It showed itself to be LiteLLM, before the first call or in an answer; not in documents of older runs. */
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
    /** Many calls over a time in place of one after another; null when none was asked for. */
    load: z
      .object({
        /** Open loop: calls a second by a schedule; null in a closed loop. */
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
  /** A Redis was named, and did not answer. */
  redisAway: z.boolean().optional(),
  /** What Redis showed; null when none was given, or none answered. `before` and `after` count slots held. */
  slots: z
    .object({
      key: z.string(),
      shape: z.string(),
      before: z.number(),
      after: z.number(),
      leaked: z.array(slot),
    })
    .nullable(),
  /** The largest number of our calls that overlapped between first and last byte: a lower bound of what was admitted at once. */
  peak: z.object({ admitted: count }),
  /** Of answered calls, those of the load alone where there was one. Null where no call got so far. */
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
    /** From when the schedule wanted a call sent to its last byte: what a caller waited, free of coordinated omission. Null without a rate. */
    sinceDue: percentiles.nullable(),
  }),
  /** Calls a second of the load: sent, from its first to its last sending; admitted, until its last one had ended. Null when there was none. */
  throughput: z
    .object({ offeredPerS: z.number().nullable(), sentPerS: z.number(), admittedPerS: z.number() })
    .nullable(),
  /** What the probe itself added to the time of each call, measured after the run on this machine; null when it was not. */
  probeAdds: z.object({ p50Ms: duration, p99Ms: duration }).nullable(),
  /** Of the round with too little room that took longest to recover; null when none had. */
  recovery: z
    .object({
      round: count,
      recovered: z.boolean(),
      /** After our last call before it, room was still missing so long. */
      fromMs: duration,
      /** And was all there after so long; null when it never was. */
      toMs: duration.nullable(),
    })
    .nullable(),
  verdict,
  /** Where every call was recorded. */
  run: z.string(),
});

export type Percentiles = z.infer<typeof percentiles>;
export type ProbeDocument = z.infer<typeof probeDocument>;
