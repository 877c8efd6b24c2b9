import type { PendingAcquire } from "./pending-acquire.js";
import { limitNow } from "./result.js";
import type { WaitQueue } from "./wait-queue.js";

/** Neighbours with the same limit share a call, at most `most` of them. A limit function that throws fails its own caller only. */
export function byLimit(
  asking: readonly PendingAcquire[],
  waiters: WaitQueue,
  most: number,
): [number, PendingAcquire[]][] {
  const batches: [number, PendingAcquire[]][] = [];
  let last: [number, PendingAcquire[]] | undefined;
  for (const pending of asking) {
    if (pending.done) continue;
    try {
      const limit = limitNow(pending.limit);
      if (!last || last[0] !== limit || last[1].length >= most) {
        last = [limit, []];
        batches.push(last);
      }
      last[1].push(pending);
    } catch (error) {
      waiters.giveUp(pending, () => pending.reject(error));
    }
  }
  return batches;
}
