import type { CallRecord, SlotReading } from "../../src/verdict/history.js";

/** A call that was sent and ended at these times, all well unless said. */
export const call = (n: number, sentMs: number, endedMs: number, rest: Partial<CallRecord> = {}): CallRecord => ({
  kind: "call",
  n,
  round: 1,
  phase: "sequence",
  lookMs: 0,
  sentMs,
  headersMs: endedMs - 1,
  firstByteMs: endedMs - 1,
  firstTokenMs: null,
  lastByteMs: endedMs,
  endedMs,
  ending: "completed",
  status: 200,
  events: 0,
  rejection: null,
  error: null,
  cached: false,
  version: "1.95.0",
  limitHeader: null,
  ...rest,
});

/** A call that the limiter refused. */
export const refused = (n: number, sentMs: number, endedMs: number, rest: Partial<CallRecord> = {}): CallRecord =>
  call(n, sentMs, endedMs, {
    ending: "refused",
    status: 429,
    rejection: { source: "parallel-limit", limit: 3, scope: "api_key", limiter: "v3", message: "Rate limit exceeded" },
    ...rest,
  });

/** Redis's clock of these stories is a thousand seconds ahead of the run's. */
export const REDIS_AHEAD_MS = 1_000_000;

/** A sorted set with these members, whose score is the second of the reading; none: the key is absent. */
export const reading = (atMs: number, ids: readonly string[] = [], rest: Partial<SlotReading> = {}): SlotReading => ({
  kind: "slots",
  atMs,
  moment: "calls",
  key: "{api_key:ours}:max_parallel_requests",
  timeMs: atMs + REDIS_AHEAD_MS,
  type: ids.length > 0 ? "zset" : "none",
  ttlMs: ids.length > 0 ? 3_600_000 : -2,
  held: ids.length,
  value: "",
  members: ids.map((id) => ({ id, score: Math.floor((atMs + REDIS_AHEAD_MS) / 1000) })),
  requests: null,
  tokens: null,
  ...rest,
});

/** A counter with this value. */
export const counter = (atMs: number, value: number, rest: Partial<SlotReading> = {}): SlotReading =>
  reading(atMs, [], { type: "string", ttlMs: -1, held: value, value: String(value), ...rest });
