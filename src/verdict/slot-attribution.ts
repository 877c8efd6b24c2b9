import { isRefused } from "./calls.js";
import type { CallRecord, Member, SlotReading } from "./events.js";
import { MinHeap } from "./min-heap.js";

/** What a reading of a sorted set showed for the first time. */
export interface Appearance {
  readonly reading: SlotReading;
  readonly previous: SlotReading;
  /** No earlier reading showed it, so what is fresh was made after this. */
  readonly fromMs: number;
  readonly fresh: readonly Member[];
  /** Calls of ours in flight since then that were not refused and have no slot yet. */
  readonly free: number;
}

/**
 * Walks through the readings and gives each fresh member to a call of ours that can have made it. Of several calls the one that ended first
 * gets it: the others can still have made what comes later, so where this runs out of calls every other way does, too. `untilMs`: when a
 * call can get a slot no more.
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
