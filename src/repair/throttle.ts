import type { Clock } from "../config/clock.js";

/** Spreads acts over time, so that a long repair does not hold up the other clients of Redis. */
export interface Throttle {
  /** Resolves when the next act may be made; at once after an abort, for then there is none. */
  turn(signal: AbortSignal): Promise<void>;
}

/** What nobody has to think of: 10,000 repairs in a minute, each of well under a millisecond of the server's time. */
export const DEFAULT_REPAIRS_PER_SECOND = 200;

/** A pause is not worth its timer below this, ms. */
const SHORTEST_PAUSE_MS = 50;

/**
 * At most `perSecond` acts a second, in small batches. A batch that took long is not made up for: that would be a
 * burst.
 */
export function createThrottle(perSecond: number, clock: Clock): Throttle {
  const batch = Math.max(1, Math.floor((perSecond * SHORTEST_PAUSE_MS) / 1000));
  const spanMs = (batch / perSecond) * 1000;
  let begun = Number.NEGATIVE_INFINITY;
  let made = batch;
  return {
    async turn(signal) {
      if (made >= batch) {
        const waitMs = begun + spanMs - clock.monotonic();
        if (waitMs > 0) {
          await clock.sleep(waitMs, signal).catch((error: unknown) => {
            if (!signal.aborted) throw error;
          });
        }
        begun = clock.monotonic();
        made = 0;
      }
      made++;
    },
  };
}
