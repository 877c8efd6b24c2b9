import { isRefused } from "../calls.js";
import type { CallRecord, Member, SlotReading } from "../events.js";
import { MinHeap } from "../min-heap.js";

/** What a reading of a sorted set showed for the first time. */
export interface Appearance {
  readonly reading: SlotReading;
  readonly previous: SlotReading;
  /** No earlier reading showed them, so the new members were created after this moment. */
  readonly fromMs: number;
  readonly fresh: readonly Member[];
  /** Our calls in flight since then that were not rejected and have no slot yet. */
  readonly free: number;
}

/**
 * Goes through the readings and assigns each new member to a call of ours that can have created it. Of several calls
 * the one that ended first gets it: the others can still have created later members, so if this assignment runs out of
 * calls, every other does too. `untilMs`: the last moment at which a call can get a slot.
 */
export function* attributeNewSlots(
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
  untilMs = (call: CallRecord): number => call.endedMs,
): Generator<Appearance> {
  const waiting = calls.filter((call) => !isRefused(call)).sort((a, b) => a.sentMs - b.sentMs);
  const free = new MinHeap<CallRecord>((a, b) => untilMs(a) - untilMs(b));
  const known = new Set(readings[0]?.members.map(({ id }) => id));
  let next = 0;
  let fromMs = Number.NEGATIVE_INFINITY;
  for (const [at, reading] of readings.entries()) {
    const previous = readings[at - 1];
    if (!previous) continue;
    fromMs = Math.max(fromMs, previous.fromMs);
    for (let call = waiting[next]; call && call.sentMs <= reading.atMs; call = waiting[++next]) free.add(call);
    while (free.first && untilMs(free.first) < fromMs) free.take();
    const fresh = reading.members.filter(({ id }) => !known.has(id));
    for (const { id } of fresh) known.add(id);
    yield { reading, previous, fromMs, fresh, free: free.size };
    for (const _ of fresh) free.take();
  }
}
