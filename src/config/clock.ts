import { setTimeout as delay } from "node:timers/promises";

/** Time as a parameter. */
export interface Clock {
  /** Milliseconds since 1970: for what people read. */
  wall(): number;
  /** Milliseconds from an arbitrary start, never going back: for durations. */
  monotonic(): number;
  /** Resolves after `ms`, never before; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  // Node's timers drop fractions of a millisecond and may fire up to one early, which would void a proof that needs the whole time.
  sleep: (ms, signal) => delay(Math.ceil(ms) + 1, undefined, signal ? { signal } : {}),
};
