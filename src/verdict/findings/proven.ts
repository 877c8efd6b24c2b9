import { z } from "zod";
import { ABANDONED_MS, isOver } from "../call-lifetime.js";
import { isRefused } from "../calls.js";
import type { CallRecord, Member, SlotReading } from "../events.js";
import { InFlight } from "../in-flight.js";
import { attributeNewSlots } from "../readings/slot-attribution.js";
import { largest } from "../sorted-numbers.js";

/** What a run proves that its own calls left behind: evidence on which a repair may act. */
export const proven = z.object({
  /** The limiter's key in Redis; null when its name would hold the key under test. */
  key: z.string().nullable(),
  /** Redis TIME in milliseconds of the last reading before our first call. */
  fromMs: z.number(),
  /** Redis TIME in milliseconds of the last reading: what follows had stayed until then. */
  untilMs: z.number(),
  /** Milliseconds between the end of our last call and that reading. */
  stayedMs: z.number(),
  /** Members of a sorted set that appeared during our calls and stayed, in no interval more than our calls in it. */
  members: z.array(z.object({ id: z.string(), score: z.number() })),
  /**
   * Rise of a counter over our calls, unchanged since; null for a sorted set. `value` is the text in Redis at the end.
   */
  rise: z.object({ from: z.number(), to: z.number(), value: z.string(), ttlMs: z.number() }).nullable(),
});

/** See the schema `proven`. */
export type Proven = z.infer<typeof proven>;

/** What `prove` needs of a run. */
export interface ProvenSource {
  readonly calls: readonly CallRecord[];
  readonly readings: readonly SlotReading[];
  /** A slot given back later than this after its call is late. */
  readonly maxLagMs: number;
  /** How long the run meant to wait for slots to come back. */
  readonly settleMs: number;
}

/**
 * Null unless the run lasted to the end of its settle time, readings show no other client, and something of ours was
 * left. A repair acts on this, so everything doubtful is left out.
 */
export function prove({ calls, readings, maxLagMs, settleMs }: ProvenSource): Proven | null {
  const end = largest(calls.map((call) => call.endedMs));
  const before = readings.findLast((one) => one.moment === "before");
  const last = readings.at(-1);
  if (!before || !last) return null;
  const stayedMs = last.atMs - end;
  if (stayedMs < Math.max(settleMs, 2 * maxLagMs)) return null;
  const span = { key: last.key, fromMs: before.timeMs, untilMs: last.timeMs, stayedMs };
  const seen = readings.slice(readings.indexOf(before));
  if (last.type === "zset") {
    const members = leftMembers(calls, seen, stayedMs, maxLagMs);
    return members.length === 0 ? null : { ...span, members, rise: null };
  }
  if (last.type !== "string") return null;
  const quiet = seen.filter(({ atMs }) => atMs >= end + maxLagMs);
  const rise = leftRise(calls, before, last, quiet);
  return rise && { ...span, members: [], rise };
}

/**
 * Members that only our finished calls can have created. Empty if any member appeared that none of our calls explains.
 * Members that appeared during or just after a call that may still run are left out: either call may have created them.
 */
function leftMembers(
  calls: readonly CallRecord[],
  seen: readonly SlotReading[],
  stayedMs: number,
  maxLagMs: number,
): Member[] {
  const open = stayedMs >= ABANDONED_MS ? [] : calls.filter((call) => !isRefused(call) && !isOver(call));
  const alive = new InFlight(open, ({ endedMs }) => endedMs + maxLagMs);
  const ours: Member[] = [];
  for (const { reading, fromMs, fresh, free } of attributeNewSlots(calls, seen)) {
    if (fresh.length > free) return [];
    if (alive.count(fromMs, reading.atMs) === 0) ours.push(...fresh);
  }
  const still = new Set(seen.at(-1)?.members.map(({ id }) => id));
  return ours.filter(({ id }) => still.has(id));
}

/** By how much a counter rose over our calls, if it has not changed since they had time to release their slots. */
function leftRise(
  calls: readonly CallRecord[],
  before: SlotReading,
  last: SlotReading,
  quiet: readonly SlotReading[],
): Proven["rise"] {
  const from = before.type === "none" ? 0 : before.held;
  if (from === null || last.held === null) return null;
  const still = quiet.length >= 2 && quiet.every((one) => one.value === last.value && one.type === last.type);
  const rise = last.held - from;
  if (!still || rise < 1 || rise > calls.length || !calls.every(isOver)) return null;
  return { from, to: last.held, value: last.value, ttlMs: last.ttlMs };
}
