import type { CallBatcher } from "./call-batcher.js";
import type { Clock } from "./clock.js";
import { LimiterClosed } from "./lease.js";

/** Ends the work of a limiter that admits nothing more: waiters, then what runs, then its slots. */
export class Shutdown {
  #check = () => {};

  constructor(readonly clock: Clock) {}

  /** A lease was released or lost. */
  leaseEnded(): void {
    this.#check();
  }

  /**
   * Answers waiters, gives leases `drainMs` to end, then aborts their signals, waits until the functions of `run` have stopped or lost their
   * slots, and releases what is left.
   */
  async run(batchers: readonly CallBatcher[], drainMs: number): Promise<void> {
    for (const { waiters, state } of batchers) waiters.close(state.closed);
    const leases = () => batchers.flatMap(({ state }) => [...state.leases.values(), ...state.unbacked]);
    if (drainMs > 0) await this.#until(() => leases().length === 0, drainMs);
    const reason = new LimiterClosed("the limiter closes");
    for (const lease of leases()) lease.abort(reason);
    await this.#until(() => !leases().some(({ running, backed }) => running && backed));
    await Promise.all(batchers.map((batcher) => batcher.close()));
  }

  /** Resolves when `done` holds after a lease has ended, or after `ms`. */
  #until(done: () => boolean, ms?: number): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = ms === undefined ? () => {} : this.clock.after(ms, resolve, true);
      this.#check = () => {
        if (!done()) return;
        stop();
        resolve();
      };
    });
  }
}
