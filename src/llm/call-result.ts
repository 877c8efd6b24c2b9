import { z } from "zod";

/** Milliseconds since the run began, on a monotonic clock. */
export const runMs = z.number();

/**
 * How a call ended:
 * `completed` the whole answer arrived · `aborted` we aborted it on purpose · `refused` 429, or 503 in the words of
 * LiteLLM's fail-closed mode ·
 * `failed` any other status, or no answer of an API · `cut` the answer ended cleanly but without its last event ·
 * `broken` the connection broke ·
 * `timeout` a limit of ours passed · `interrupted` Ctrl-C or the end of the run's time.
 */
const ENDINGS = ["completed", "aborted", "refused", "failed", "cut", "broken", "timeout", "interrupted"] as const;

const rejectionRecord = z.object({
  /**
   * As LiteLLM's rejections are read. `unnamed`: a server that is not LiteLLM rejected the call without naming a limit.
   */
  source: z.enum(["parallel-limit", "rate-limit", "deployment-limit", "redis-away", "provider", "unnamed"]),
  limit: z.number().nullable(),
  scope: z.string().nullable(),
  limiter: z.enum(["v3", "minute"]).nullable(),
  message: z.string(),
});

/** The result of one call. A time is null when the call did not get that far. */
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
  /** Content events of a stream; 0 when the answer was no stream. */
  events: z.number().int(),
  rejection: rejectionRecord.nullable(),
  /** An error message for the user; null when nothing failed. */
  error: z.string().nullable(),
  /** The answer came from the proxy's response cache. */
  cached: z.boolean(),
  version: z.string().nullable(),
  /** `x-ratelimit-api_key-limit-max_parallel_requests`, if the answer has it. */
  limitHeader: z.number().nullable(),
});

/** See the schema `callResult`. */
export type CallResult = z.infer<typeof callResult>;
/** How a call ended; see `ENDINGS`. */
export type Ending = (typeof ENDINGS)[number];
