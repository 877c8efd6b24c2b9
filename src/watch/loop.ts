import type { Clock } from "../config/clock.js";

/** When the next tick is due that is not over yet, and how many were left out because the last one took so long. */
export function nextDue(dueMs: number, everyMs: number, nowMs: number): { dueMs: number; skipped: number } {
  const periods = Math.max(1, Math.ceil((nowMs - dueMs) / everyMs));
  return { dueMs: dueMs + periods * everyMs, skipped: periods - 1 };
}

/** Wakes one who waits. */
export class WakeSignal {
  #wake: AbortController | undefined;
  #rung = false;

  ring(): void {
    this.#rung = true;
    this.#wake?.abort();
  }

  /** Forgets a ring that nobody has waited for. */
  quiet(): void {
    this.#rung = false;
  }

  /** Waits, and says whether it was rung, also before. An abort of the signal ends the wait. */
  async wait(ms: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && ms > 0 && !signal.aborted) {
      const wake = new AbortController();
      const end = () => wake.abort();
      signal.addEventListener("abort", end, { once: true });
      this.#wake = wake;
      await clock.sleep(ms, wake.signal).catch((error: unknown) => {
        if (!wake.signal.aborted) throw error;
      });
      signal.removeEventListener("abort", end);
      this.#wake = undefined;
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}

export interface LoopSources<T> {
  /** `skipped`: ticks left out before this one. */
  readonly work: (number: number, skipped: number) => Promise<T>;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Brings the next tick on at once. */
  readonly bell: WakeSignal;
}

/**
 * Works again and again, never twice at once, until the signal comes; what is being worked on then is brought to its
 * end.
 */
export async function* ticks<T>({ work, everyMs, clock, signal, bell }: LoopSources<T>): AsyncGenerator<T> {
  let due = { dueMs: clock.monotonic(), skipped: 0 };
  for (let number = 1; !signal.aborted; number++) {
    yield await work(number, due.skipped);
    due = nextDue(due.dueMs, everyMs, clock.monotonic());
    const rung = await bell.wait(due.dueMs - clock.monotonic(), clock, signal);
    if (rung) due = { dueMs: clock.monotonic(), skipped: 0 };
  }
}
