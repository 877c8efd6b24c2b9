/** Time as the limiter sees it; a parameter, so that tests can move it. */
export interface Clock {
  /** Milliseconds that never run backward. Leases are judged by this one alone. */
  monotonic(): number;
  /** Milliseconds since 1970. Read only to report that it and `monotonic` disagree. */
  wall(): number;
  /** Calls `fn` once in `ms`, a finite time; the result cancels. With `keepAlive` the process does not end before. */
  after(ms: number, fn: () => void, keepAlive?: boolean): () => void;
}

const longest = 2 ** 31 - 1;

/** The clocks and timers of this process. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fn, keepAlive = false) {
    let timer: NodeJS.Timeout;
    // A timer that is set too far ahead fires at once: such a time is waited for in steps.
    const step = (left: number) => {
      timer = left <= longest ? setTimeout(fn, left) : setTimeout(step, longest, left - longest);
      if (!keepAlive) timer.unref();
    };
    step(ms);
    return () => clearTimeout(timer);
  },
};

/** By how much two clocks run apart, and whether that has jumped since the last look. */
export class Drift {
  #offset: number | undefined;

  /** `thresholdMs`: what is still drift, not a jump. */
  constructor(readonly thresholdMs: number) {}

  get offsetMs(): number {
    return this.#offset ?? 0;
  }

  /** Takes a reading of the other clock that lies within ±`uncertaintyMs` of `local`; returns the jump in ms, 0 for none. */
  note(other: number, local: number, uncertaintyMs: number): number {
    const offset = other - local;
    const jump = this.#offset === undefined ? 0 : offset - this.#offset;
    // A vague reading neither accuses nor replaces a sharp one.
    if (this.#offset !== undefined && Math.abs(jump) <= this.thresholdMs + uncertaintyMs) {
      if (uncertaintyMs < this.thresholdMs) this.#offset = offset;
      return 0;
    }
    this.#offset = offset;
    return jump;
  }
}
