import type { Clock } from "./clock.js";
import type { Acquired, Denied, Limit, Waiting } from "./result.js";

/** A caller that wants a slot. */
export interface PendingAcquire {
  readonly id: string;
  readonly limit: Limit;
  /** 0: be refused at once. */
  readonly waitMs: number;
  readonly maxHoldMs: number;
  /** Monotonic ms. */
  readonly since: number;
  /** Answered or given up: what still comes back for it is released. */
  done: boolean;
  inFlight: boolean;
  /** A call with its id ended unknown, so the id may hold a slot. */
  unsure: boolean;
  /** The limit that the last call with its id was made under. */
  sentLimit: number;
  readonly resolve: (result: Acquired) => void;
  readonly reject: (error: unknown) => void;
  /** Ends its timer and its signal's listener. */
  stopListening: (() => void) | undefined;
}

/** A caller at the moment in which it asks. */
export function createPending(
  id: string,
  limit: Limit,
  since: number,
  waiting: Waiting,
  resolve: PendingAcquire["resolve"],
  reject: PendingAcquire["reject"],
): PendingAcquire {
  // Written out: on the hot path.
  return {
    id,
    limit,
    waitMs: waiting.waitMs ?? 0,
    maxHoldMs: waiting.maxHoldMs ?? Number.POSITIVE_INFINITY,
    since,
    done: false,
    inFlight: false,
    unsure: false,
    sentLimit: 0,
    resolve,
    reject,
    stopListening: undefined,
  };
}

/** Ends a caller's wait when its time is over, with the last answer, or when its signal aborts, with the signal's reason. */
export function endWait(
  clock: Clock,
  waiters: { giveUp(pending: PendingAcquire, answer: (last: Denied) => void): void },
  pending: PendingAcquire,
  signal: AbortSignal | undefined,
): void {
  const { waitMs } = pending;
  const over = () => waiters.giveUp(pending, pending.resolve);
  const stop = waitMs > 0 && waitMs < Number.POSITIVE_INFINITY ? clock.after(waitMs, over, true) : undefined;
  const aborted = () => waiters.giveUp(pending, () => pending.reject(signal?.reason));
  signal?.addEventListener("abort", aborted, { once: true });
  pending.stopListening = () => {
    stop?.();
    signal?.removeEventListener("abort", aborted);
  };
}
