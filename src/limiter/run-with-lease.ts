import type { HeldLease, Lease } from "./lease.js";
import type { Acquired, RunResult, Waiting } from "./result.js";

/** What `run` runs. The signal aborts when it should stop: the slot is lost, the limiter closes, or the caller's own signal aborts. */
export type Work<T> = (signal: AbortSignal, lease: Lease) => T | Promise<T>;

/** Runs `fn` with the lease that was asked for, and releases it when `fn` has ended. */
export async function runWithLease<T>(
  asked: Promise<Acquired>,
  fn: Work<T>,
  waiting: Waiting | undefined,
): Promise<RunResult<T>> {
  const got = await asked;
  if (got.status !== "granted") return got;
  const lease = got.lease as HeldLease;
  // The limiter may have been closed between the answer and now.
  if (!lease.held()) {
    void lease.release();
    const cause = new Error("the slot was given back before the function began");
    return { status: "unavailable", retryAfterMs: 0, name: lease.name, cause };
  }
  lease.running = true;
  try {
    const signal = waiting?.signal ? AbortSignal.any([lease.signal, waiting.signal]) : lease.signal;
    const value = await fn(signal, lease);
    return lease.held() ? { status: "granted", value } : { status: "granted", value, lost: true };
  } finally {
    lease.running = false;
    void lease.release();
  }
}
