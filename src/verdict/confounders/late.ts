import { isAdmitted, isRefused } from "../calls.js";
import type { CallRecord } from "../events.js";
import { seconds } from "../findings/candidate.js";
import { InFlight } from "../in-flight.js";
import { MinHeap } from "../min-heap.js";
import type { Confounder } from "./confounder.js";

/** Without Redis, a rejection despite room looks like slots that are all released late, by the same time. */
export const lateSlots: Confounder = ({ calls, limit, settleMs }, candidates) => {
  const found = candidates.find(({ kind, basis }) => kind === "false-rejection" && basis === "calls");
  if (!found || limit.value === null) return undefined;
  const refused = new Set(found.evidence.flatMap((one) => one.calls));
  const lagMs = lagBehind(calls, refused, limit.value);
  if (lagMs > settleMs || isContradicted(calls, lagMs, limit.value)) return undefined;
  return {
    text: `slots that come back ${seconds(lagMs)} after their calls would look the same, and no call that was let through speaks against it; give --redis-url`,
    explains: ({ kind }) => kind === "false-rejection",
  };
};

/**
 * The shortest lag, in milliseconds, with which the whole limit was held at each of these rejections; infinity where
 * too few calls had been made.
 */
function lagBehind(calls: readonly CallRecord[], refused: ReadonlySet<number>, limit: number): number {
  const others = calls.filter((call) => !isRefused(call)).sort((a, b) => a.sentMs - b.sentMs);
  const asked = calls.filter(({ n }) => refused.has(n)).sort((a, b) => a.endedMs - b.endedMs);
  // The calls that ended last, up to the limit, earliest first.
  const last = new MinHeap<number>((a, b) => a - b);
  let next = 0;
  let lagMs = Number.NEGATIVE_INFINITY;
  for (const { sentMs, endedMs } of asked) {
    for (let call = others[next]; call && call.sentMs <= endedMs; call = others[++next]) {
      last.add(call.endedMs);
      if (last.size > limit) last.take();
    }
    if (last.size < limit) return Number.POSITIVE_INFINITY;
    lagMs = Math.max(lagMs, sentMs - (last.first ?? 0));
  }
  return lagMs;
}

const firstByte = (call: CallRecord): number => call.firstByteMs ?? call.endedMs;

/** With this lag all slots would have been held when a call was admitted, so the lag is not the explanation. */
function isContradicted(calls: readonly CallRecord[], lagMs: number, limit: number): boolean {
  const answered = calls.filter((call) => isAdmitted(call) && call.firstByteMs !== null);
  const held = new InFlight(
    answered.map((call) => ({ ...call, sentMs: firstByte(call) })),
    (call) => call.endedMs + lagMs,
  );
  // Slots taken before the call was sent, except those returned by its first byte.
  return answered.some((call) => held.count(firstByte(call), call.sentMs) >= limit);
}
