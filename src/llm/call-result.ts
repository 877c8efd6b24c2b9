import { z } from "zod";

/** Milliseconds since the run began, by a clock that never goes back. */
export const runMs = z.number();

/**
 * How a call ended:
 * `completed` the whole answer came · `aborted` we aborted it on purpose · `refused` the answer was 429, or 503 as LiteLLM's fail-closed mode says it ·
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

/** How one call went. A time is null when the call never got so far. */
export const callResult = z.object({
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
  status: z.number().int().nullable(),
  /** Content events of a stream; 0 when it was none. */
  events: z.number().int(),
  rejection: rejectionRecord.nullable(),
  /** What went wrong, for a person; null when nothing did. */
  error: z.string().nullable(),
  /** The answer came out of the proxy's response cache. */
  cached: z.boolean(),
  version: z.string().nullable(),
  /** `x-ratelimit-api_key-limit-max_parallel_requests`, when the answer had it. */
  limitHeader: z.number().nullable(),
});

export type CallResult = z.infer<typeof callResult>;
export type Ending = (typeof ENDINGS)[number];
