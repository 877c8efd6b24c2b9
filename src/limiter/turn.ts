import { realTimers } from "./timers.js";

/** What is to be flushed at the end of this turn of the event loop: the calls of all names go out together. */
export class Turn {
  #batchers: { flush(): void }[] = [];

  add(batcher: { flush(): void }): void {
    if (this.#batchers.push(batcher) > 1) return;
    realTimers.nextTick(() => {
      const batchers = this.#batchers;
      this.#batchers = [];
      for (const one of batchers) one.flush();
    });
  }
}
