import type { Clock } from "../../src/config/clock.js";
import { MinHeap } from "../../src/verdict/min-heap.js";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly ring: () => void;
}

/** Time that jumps from one thing that waits to the next: hours of a run in a moment. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #timers = new MinHeap<Timer>((a, b) => a.at - b.at || a.order - b.order);

  wall = () => this.#now;
  monotonic = () => this.#now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.at(this.#now + ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
    });
  }

  /** Rings at a time; things of the same time ring in the order in which they were asked for. */
  at(ms: number, ring: () => void): void {
    this.#timers.add({ at: Math.max(ms, this.#now), order: this.#order++, ring });
  }

  /** Lets time pass until the work is done. Fails when it waits for something that is not time. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = work.finally(() => {
      done = true;
    });
    end.catch(() => {});
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (done) return end;
      const next = this.#timers.take();
      if (!next) throw new Error("nothing rings any more, and the work is not done");
      this.#now = next.at;
      next.ring();
    }
  }
}
