import type { Clock } from "../../config/clock.js";
import { isRefused } from "../../verdict/calls.js";
import type { CallRecord } from "../../verdict/events.js";
import { MAX_CONCURRENCY } from "../plan.js";

/** What a load needs of the run it is part of. */
export interface LoadSource {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Monotonic time that counts as 0 in `dueMs`. */
  readonly origin: number;
  /** At most so many calls. */
  readonly calls: number;
  readonly forMs: number;
  /** With so many in flight the open loop waits, and what is due meanwhile is sent late and counted from when it was due; 10,000 when left out. */
  readonly mostInFlight?: number;
  /** Sends a call. `onEnd` is called in the moment in which it ends. */
  readonly send: (dueMs: number | null, onEnd: (call: CallRecord) => void) => void;
}

/**
 * Open loop: calls by a fixed schedule, `perS` a second, whatever becomes of those before. A slow server does not slow the asking down, so what
 * callers would have waited is seen (without the coordinated omission of a closed loop). Resolves when the last call has ended.
 */
export async function openLoop(source: LoadSource, perS: number): Promise<void> {
  const { clock, signal, origin, calls, forMs, send, mostInFlight = MAX_CONCURRENCY } = source;
  const start = clock.monotonic();
  let inFlight = 0;
  let wake = () => {};
  const nextEnd = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const onEnd = () => {
    inFlight--;
    wake();
  };
  try {
    for (let sent = 0; sent < calls; sent++) {
      const due = start + (sent * 1000) / perS;
      if (due >= start + forMs) break;
      const wait = due - clock.monotonic();
      if (wait > 0) await clock.sleep(wait, signal);
      signal.throwIfAborted();
      while (inFlight >= mostInFlight) await nextEnd();
      inFlight++;
      send(due - origin, onEnd);
    }
  } finally {
    // Also those that the end of the run interrupts: what was sent must be in the record.
    while (inFlight > 0) await nextEnd();
  }
}

/**
 * Closed loop: `callers` of whom each sends its next call when its last has ended, as clients of a service do that wait for their answers. One that
 * was refused waits for `pauseMs` first. Resolves when the last call has ended.
 */
export async function closedLoop(source: LoadSource, callers: number, pauseMs: number): Promise<void> {
  const { clock, signal, calls, forMs, send } = source;
  const end = clock.monotonic() + forMs;
  const many = Math.min(callers, calls);
  let left = calls;
  const caller = () =>
    new Promise<void>((resolve, reject) => {
      const next = () => {
        if (left <= 0 || clock.monotonic() >= end) return resolve();
        left--;
        send(null, (call) => {
          if (signal.aborted) reject(signal.reason);
          else if (isRefused(call) && pauseMs > 0 && left > 0) clock.sleep(pauseMs, signal).then(next, reject);
          else if (many === 1) next();
          // Calls whose turn comes with the same answers are sent together: each write by itself would wake the other side, and 32 callers would
          // make a quarter less.
          else queueMicrotask(next);
        });
      };
      next();
    });
  const ends = await Promise.allSettled(Array.from({ length: many }, caller));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
