import type { Clock } from "../../config/clock.js";
import { isRefused } from "../../verdict/calls.js";
import type { CallRecord } from "../../verdict/events.js";
import { MAX_CONCURRENCY } from "../plan.js";

/** What a load needs from its run. */
export interface LoadSource {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Monotonic time that counts as 0 in `dueMs`. */
  readonly origin: number;
  /** The most calls that may be sent. */
  readonly calls: number;
  readonly forMs: number;
  /**
   * At this number in flight the open loop waits. Calls that become due meanwhile are sent late and measured from when
   * they were due. 10,000 by default.
   */
  readonly mostInFlight?: number;
  /** Sends a call. `onEnd` is called synchronously when it ends. */
  readonly send: (dueMs: number | null, onEnd: (call: CallRecord) => void) => void;
}

/**
 * Open loop: calls on a fixed schedule, `perS` a second, independent of earlier calls. A slow server does not slow the
 * schedule down, so the waiting time of clients is measured (no coordinated omission, unlike a closed loop). Resolves
 * when the last call has ended.
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
    // Includes calls that the end of the run interrupts: everything that was sent must be in the record.
    while (inFlight > 0) await nextEnd();
  }
}

/**
 * Closed loop: `callers` clients, each sending its next call when its last has ended. A rejected client waits `pauseMs`
 * first. Resolves when the last call has ended.
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
          // Callers that are due with the same answers send together: each write alone would wake the server, and 32
          // callers would make a quarter fewer calls.
          else queueMicrotask(next);
        });
      };
      next();
    });
  const ends = await Promise.allSettled(Array.from({ length: many }, caller));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
