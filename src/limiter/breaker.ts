import type { Clock } from "./clock.js";

/** After `failures` in a row, skips the server for about `restMs`, then lets one try through. */
export class Breaker {
  #failed = 0;
  #until = 0;
  #trying = false;

  constructor(
    readonly clock: Clock,
    readonly random: () => number,
    readonly failures = 5,
    readonly restMs = 1_000,
  ) {}

  get open(): boolean {
    return this.#failed >= this.failures;
  }

  /** How long calls are still skipped, ms. */
  get restsFor(): number {
    return this.open ? Math.max(0, this.#until - this.clock.monotonic()) : 0;
  }

  allows(): boolean {
    if (!this.open) return true;
    if (this.#trying || this.restsFor > 0) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#failed = 0;
    this.#trying = false;
  }

  failed(): void {
    this.#failed++;
    this.#trying = false;
    if (this.open) this.#until = this.clock.monotonic() + this.restMs * (0.75 + this.random() / 2);
  }
}
