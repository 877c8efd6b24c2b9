import type { Clock } from "./clock.js";
import type { Acquired, Limit, Waiting } from "./result.js";

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
  stopListening?: () => void;
}

/** A caller at the moment in which it asks. */
export function createPending(
  id: string,
  limit: Limit,
  since: number,
  { waitMs = 0, maxHoldMs = Number.POSITIVE_INFINITY }: Waiting,
  resolve: PendingAcquire["resolve"],
  reject: PendingAcquire["reject"],
): PendingAcquire {
  const fresh = { done: false, inFlight: false, unsure: false, sentLimit: 0 };
  return { id, limit, since, waitMs, maxHoldMs, resolve, reject, ...fresh };
}

/** Ends a caller's wait when its time is over (`over`) or its signal aborts (`aborted`). */
export function endWait(
  clock: Clock,
  pending: PendingAcquire,
  signal: AbortSignal | undefined,
  over: () => void,
  aborted: () => void,
): void {
  const { waitMs } = pending;
  const timed = waitMs > 0 && waitMs < Number.POSITIVE_INFINITY;
  if (!timed && !signal) return;
  const stop = timed ? clock.after(waitMs, over, true) : undefined;
  signal?.addEventListener("abort", aborted, { once: true });
  pending.stopListening = () => {
    stop?.();
    signal?.removeEventListener("abort", aborted);
  };
}
