import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../src/limiter/index.js";

/** A clock that stands still until told otherwise. */
export class ManualClock implements Clock {
  #now = 1_000;
  /** Wall minus monotonic, ms. */
  wallOffset = 1.7e12;
  #timers: { at: number; fn: () => void }[] = [];

  monotonic = () => this.#now;
  wall = () => this.#now + this.wallOffset;

  after = (ms: number, fn: () => void) => {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  /** Lets time pass in order: each timer fires at its own moment, and what it starts gets to run. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      this.#fire(next);
    }
    this.#now = until;
    await settle();
  }

  /** A loop that was blocked, or a process that was stopped: time passes and no timer fires; they all fire late. */
  async block(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  /** As `block`, before any timer had its turn. */
  skip(ms: number): void {
    this.#now += ms;
  }

  #fire(timer: { at: number; fn: () => void }): void {
    this.#timers = this.#timers.filter((one) => one !== timer);
    timer.fn();
  }
}

/** Everything that waits for promises only has had its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}
