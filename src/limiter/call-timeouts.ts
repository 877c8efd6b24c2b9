import { realTimers } from "./timers.js";

/** A call on its way. */
export interface TimedCall {
  /** No reply has come for it yet. */
  open: boolean;
  /** When it has waited long enough, real monotonic ms. */
  dueAt: number;
  timedOut(): void;
}

/** One timer for all calls of a connection: each waits equally long, so they end in the order in which they were made. */
export class CallTimeouts {
  #calls: TimedCall[] = [];
  #first = 0;
  #timer: NodeJS.Timeout | undefined;
  #open = 0;

  constructor(readonly timeoutMs: number) {}

  add(call: TimedCall): void {
    call.dueAt = realTimers.now() + this.timeoutMs;
    this.#calls.push(call);
    this.#skipAnswered();
    // Answered calls are let go of long before the timer fires.
    if (this.#first > 256 && 2 * this.#first > this.#calls.length) this.#dropAnswered();
    if (!this.#timer) this.#arm(this.timeoutMs);
    else if (this.#open === 0) this.#timer.ref();
    this.#open++;
  }

  /** A call was answered, or has timed out. While none is open, the timer keeps no process alive. */
  ended(): void {
    this.#open--;
    if (this.#open === 0) this.#timer?.unref();
  }

  #arm(ms: number): void {
    this.#timer = realTimers.setTimeout(() => this.#fire(), Math.max(1, ms));
  }

  #fire(): void {
    const late = realTimers.now() - this.#skipAnswered();
    // The loop itself was late: the socket gets one more turn first.
    if (late >= 10) realTimers.setImmediate(() => this.#expire());
    else this.#expire();
  }

  #expire(): void {
    const now = realTimers.now();
    for (let dueAt = this.#skipAnswered(); dueAt <= now; dueAt = this.#skipAnswered()) {
      const call = this.#calls[this.#first++] as TimedCall;
      call.timedOut();
    }
    this.#dropAnswered();
    this.#timer = undefined;
    const [next] = this.#calls;
    if (next) this.#arm(next.dueAt - now);
  }

  #dropAnswered(): void {
    this.#calls = this.#calls.slice(this.#first);
    this.#first = 0;
  }

  /** Returns when the oldest call without a reply is due; never, when there is none. */
  #skipAnswered(): number {
    while (this.#first < this.#calls.length && !this.#calls[this.#first]?.open) this.#first++;
    return this.#calls[this.#first]?.dueAt ?? Number.POSITIVE_INFINITY;
  }
}
