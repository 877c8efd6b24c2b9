import type { CallRecord, ProbeEvent, SlotReading } from "../../src/verdict/events.js";
import { judge } from "../../src/verdict/index.js";
import type { RunSpec } from "../../src/verdict/observations.js";
import type { Verdict } from "../../src/verdict/result.js";

/** A call that was sent and ended at these times, all well unless said. */
export const call = (n: number, sentMs: number, endedMs: number, rest: Partial<CallRecord> = {}): CallRecord => ({
  kind: "call",
  n,
  round: 1,
  phase: "sequence",
  lookMs: 0,
  dueMs: null,
  sentMs,
  headersMs: endedMs - 1,
  firstByteMs: endedMs - 1,
  firstTokenMs: null,
  lastTokenMs: null,
  longestGapMs: null,
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
  fromMs: atMs,
  atMs,
  moment: atMs === 0 ? "before" : "calls",
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

/** A limit of 3, known from the key's row; two seconds are late, twenty-four are never. */
export const FACTS: RunSpec = {
  endpoint: "/v1/messages",
  ending: "completed",
  known: { value: 3, source: "key-info" },
  maxLagMs: 2000,
  settleMs: 24_000,
  maxTokens: 16,
  shared: false,
  exclusive: false,
  bursts: true,
  windowMs: null,
  stopped: null,
};

/** Calls of a burst, all at once; the last `refusals` of them were refused. */
export const burst = (
  first: number,
  atMs: number,
  admitted: number,
  refusals: number,
  rest: Partial<CallRecord> = {},
) => [
  ...Array.from({ length: admitted }, (_, at) => call(first + at, atMs, atMs + 500, { phase: "burst", ...rest })),
  ...Array.from({ length: refusals }, (_, at) =>
    refused(first + admitted + at, atMs, atMs + 20, { phase: "burst", ...rest }),
  ),
];

/** The looks of a run that began after `endMs`: one entry a look, each with a call that was refused or a burst with so much room. */
export function looks(first: number, endMs: number, rooms: readonly (number | "refused")[]): CallRecord[] {
  let [n, admittedMs] = [first, endMs];
  return rooms.flatMap((room, at) => {
    const lookMs = [2000, 5000, 10_000, 16_000, 24_000][at] ?? admittedMs + 24_000 - endMs;
    const sentMs = endMs + lookMs;
    const look = { phase: "look" as const, lookMs };
    const calls = room === "refused" ? [refused(n, sentMs, sentMs + 20, look)] : burst(n, sentMs, room, 4 - room, look);
    n += calls.length;
    if (room !== "refused" && room > 0) admittedMs = sentMs + 500;
    return calls;
  });
}

/** Four calls one after another and a burst of four that admits three: what a healthy limiter of 3 shows. */
export const HEALTHY: readonly CallRecord[] = [
  ...[1, 2, 3, 4].map((n) => call(n, n * 100, n * 100 + 90)),
  ...burst(5, 2500, 3, 1),
];

/** Three calls that were admitted, and a fourth that was not though the others had ended. */
export const LOCKED: readonly CallRecord[] = [
  ...[1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90)),
  refused(4, 400, 420),
];
export const LOCKED_END = 420;

export const verdictOf = (events: readonly ProbeEvent[], facts: Partial<RunSpec> = {}): Verdict =>
  judge({ ...FACTS, ...facts }, events);

/** `finding leak`, `inconclusive leak`, `healthy`: status and kinds in one line. */
export const short = ({ status, findings }: Verdict): string => [status, ...findings.map(({ kind }) => kind)].join(" ");

export const doubtIds = ({ doubts }: Verdict): string[] => doubts.map(({ id }) => id);

/** What five looks find when nothing comes back. */
export const NEVER = ["refused", "refused", "refused", "refused", "refused"] as const;

/** A key that locks and stays locked. */
export const LEAK: readonly CallRecord[] = [...LOCKED, ...looks(5, LOCKED_END, NEVER)];

/** Four streams of a burst at once on a limit of three. */
export const OVER = [1, 2, 3, 4].map((n) => call(n + 20, 40_000, 41_000, { phase: "burst", firstByteMs: 40_100 }));

/** The doubt of this name. */
export const doubt = (events: readonly ProbeEvent[], id: string, facts: Partial<RunSpec> = {}) =>
  verdictOf(events, facts).doubts.find((one) => one.id === id);
