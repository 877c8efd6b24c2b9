/** A time limit of one call: for its connection, its first byte, until we leave it, for all of it. */
export type Limit = "connect" | "firstByte" | "leave" | "total";

const LIMITS: readonly Limit[] = ["connect", "firstByte", "leave", "total"];
const NEVER = Number.POSITIVE_INFINITY;
/** Node's timers drop fractions of a millisecond and take no more than 31 bits. */
const EARLY_MS = 1;
const LONGEST_MS = 2 ** 31 - 1;

/**
 * The time limits of one call, in milliseconds, on one timer: most of them are stopped long before they pass, and a timer for each would be
 * made and thrown away for every call. `late` is told the first limit that passes; whoever goes on after that starts it anew.
 */
export class Stopwatch {
  readonly #late: (limit: Limit) => void;
  readonly #due: Record<Limit, number> = { connect: NEVER, firstByte: NEVER, leave: NEVER, total: NEVER };
  #timer: NodeJS.Timeout | undefined;
  /** When the timer rings: at the soonest limit, or sooner when that was stopped. */
  #rings = NEVER;

  constructor(late: (limit: Limit) => void) {
    this.#late = late;
  }

  start(limit: Limit, ms: number): void {
    const now = performance.now();
    this.#due[limit] = now + ms;
    if (now + ms < this.#rings) this.#arm(now, now + ms);
  }

  stop(limit: Limit): void {
    this.#due[limit] = NEVER;
  }

  stopAll(): void {
    for (const limit of LIMITS) this.#due[limit] = NEVER;
    clearTimeout(this.#timer);
    this.#rings = NEVER;
  }

  #arm(now: number, at: number): void {
    clearTimeout(this.#timer);
    this.#rings = at;
    this.#timer = setTimeout(() => this.#ring(), Math.min(at - now, LONGEST_MS));
  }

  #ring(): void {
    const now = performance.now();
    this.#rings = NEVER;
    let next: Limit = "total";
    for (const limit of LIMITS) if (this.#due[limit] < this.#due[next]) next = limit;
    const at = this.#due[next];
    if (at <= now + EARLY_MS) {
      this.#due[next] = NEVER;
      this.#late(next);
    } else if (at < NEVER) this.#arm(now, at);
  }
}
