import { setTimeout as delay } from "node:timers/promises";

/** The clock as a parameter. */
export interface Clock {
  /** Milliseconds since 1970, for display. */
  wall(): number;
  /** Monotonic milliseconds from an arbitrary start, for durations. */
  monotonic(): number;
  /** Resolves after `ms`, never earlier; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  // Node's timers drop fractions of a millisecond and may fire up to one early, which would void a proof that needs the
  // whole time.
  sleep: (ms, signal) => delay(Math.ceil(ms) + 1, undefined, signal ? { signal } : {}),
};
