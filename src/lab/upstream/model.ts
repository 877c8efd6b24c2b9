import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScriptedAnswer } from "./scripted-answer.js";

/** Counts of the model's calls. */
export interface ModelStats {
  readonly inFlight: number;
  readonly peak: number;
  readonly seen: number;
}

/** One call that the model is working on. It ends by `close`, which must be called exactly once. */
export interface Run {
  /** Waits as instructed. Resolves with the status, or rejects after the proxy's timeout. */
  head(timeoutMs: number): Promise<number>;
  /** Yields once a piece of the stream. Returns true when the model broke off. */
  pieces(): AsyncGenerator<void, boolean, void>;
  close(): void;
}

/**
 * The provider behind the proxy. It counts the calls it is really working on: the ground truth of every over-admission.
 */
export class Model {
  #inFlight = 0;
  #peak = 0;
  #seen = 0;
  readonly #stop = new AbortController();

  constructor() {
    // One listener a call, and calls have no upper bound here.
    setMaxListeners(0, this.#stop.signal);
  }

  start(order: ScriptedAnswer): Run {
    this.#seen++;
    this.#inFlight++;
    this.#peak = Math.max(this.#peak, this.#inFlight);
    const { signal } = this.#stop;
    let open = true;
    return {
      async head(timeoutMs) {
        const waits = order.hang || order.waitMs > timeoutMs;
        if (waits || order.waitMs > 0) await sleep(waits ? timeoutMs : order.waitMs, undefined, { signal });
        if (waits) throw new UpstreamTimeout();
        return order.status;
      },
      async *pieces() {
        for (let piece = 0; piece < order.chunks; piece++) {
          if (order.cut && piece >= order.chunks / 2) return true;
          yield;
          if (order.gapMs > 0) await sleep(order.gapMs, undefined, { signal });
        }
        return order.cut;
      },
      close: () => {
        if (open) this.#inFlight--;
        open = false;
      },
    };
  }

  stats(): ModelStats {
    return { inFlight: this.#inFlight, peak: this.#peak, seen: this.#seen };
  }

  /** Resets `peak` and `seen`. */
  reset(): void {
    this.#peak = this.#inFlight;
    this.#seen = 0;
  }

  /** Ends every wait. */
  stop(): void {
    this.#stop.abort();
  }
}

/** The provider took longer than the proxy waits. */
export class UpstreamTimeout extends Error {
  override readonly name = "UpstreamTimeout";
}
