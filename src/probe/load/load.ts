import type { Clock } from "../../config/clock.js";
import { isRefused } from "../../verdict/calls.js";
import type { CallRecord } from "../../verdict/history.js";

/** More than any limiter's worth of calls in flight; beyond it the open loop waits, and what is due meanwhile is sent late and counted from when it was due. */
const MOST_IN_FLIGHT = 10_000;

/** What a load needs of the run it is part of. */
export interface LoadSource {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Monotonic time that counts as 0 in `dueMs`. */
  readonly origin: number;
  /** At most so many calls. */
  readonly calls: number;
  readonly forMs: number;
  /** More in flight than this are not sent; 10,000 when left out. */
  readonly mostInFlight?: number;
  readonly send: (dueMs: number | null) => Promise<CallRecord>;
}

/**
 * Open loop: calls by a fixed schedule, `perS` a second, whatever becomes of those before. A slow server does not slow the asking down, so what
 * callers would have waited is seen (without the coordinated omission of a closed loop). Resolves when the last call has ended.
 */
export async function openLoop(source: LoadSource, perS: number): Promise<void> {
  const { clock, signal, origin, calls, forMs, send, mostInFlight = MOST_IN_FLIGHT } = source;
  const start = clock.monotonic();
  const inFlight = new Set<Promise<unknown>>();
  let onEnd = () => {};
  try {
    for (let sent = 0; sent < calls; sent++) {
      const due = start + (sent * 1000) / perS;
      if (due >= start + forMs) break;
      const wait = due - clock.monotonic();
      if (wait > 0) await clock.sleep(wait, signal);
      signal.throwIfAborted();
      while (inFlight.size >= mostInFlight) {
        await new Promise<void>((resolve) => {
          onEnd = resolve;
        });
      }
      const call: Promise<unknown> = send(due - origin).finally(() => {
        inFlight.delete(call);
        onEnd();
      });
      inFlight.add(call);
    }
  } finally {
    // Also those that the end of the run interrupts: what was sent must be in the record.
    await Promise.all(inFlight);
  }
}

/**
 * Closed loop: `callers` of whom each sends its next call when its last has ended, as clients of a service do that wait for their answers. One that
 * was refused waits for `pauseMs` first. Resolves when the last call has ended.
 */
export async function closedLoop(source: LoadSource, callers: number, pauseMs: number): Promise<void> {
  const { clock, signal, calls, forMs, send } = source;
  const end = clock.monotonic() + forMs;
  let left = calls;
  const caller = async (): Promise<void> => {
    while (left > 0 && clock.monotonic() < end) {
      left--;
      const call = await send(null);
      signal.throwIfAborted();
      if (isRefused(call) && pauseMs > 0 && left > 0) await clock.sleep(pauseMs, signal);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(callers, calls) }, caller));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
