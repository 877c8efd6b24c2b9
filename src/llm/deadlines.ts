/** Node's timers drop fractions of a millisecond, and take no more than 31 bits. */
const EARLY_MS = 1;
const LONGEST_MS = 2 ** 31 - 1;

/** Which time limit of a call: for its connection, its first byte, until we leave it, for all of it. */
export type Limit = "connect" | "firstByte" | "leave" | "total";

interface Limited {
  late(limit: Limit): void;
}

/** A moment that is waited for. Once it is over or stopped it means nothing any more. */
export class Deadline {
  before: Deadline | null = null;
  after: Deadline | null = null;

  constructor(
    readonly queue: Queue,
    readonly at: number,
    readonly owner: Limited,
    readonly limit: Limit,
  ) {}

  stop(): void {
    this.queue.remove(this);
  }
}

/** Deadlines of one length: who came first is due first, so one timer for the first of them serves them all. */
class Queue {
  #first: Deadline | null = null;
  #last: Deadline | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly ms: number) {}

  add(owner: Limited, limit: Limit): Deadline {
    const now = performance.now();
    const added = new Deadline(this, now + this.ms, owner, limit);
    added.before = this.#last;
    if (this.#last) this.#last.after = added;
    else this.#first = added;
    this.#last = added;
    // A timer that runs rings too early for this one at the worst, and is set anew then.
    if (!this.#timer) this.#arm(this.ms);
    return added;
  }

  remove(one: Deadline): void {
    const { before, after } = one;
    if (before) before.after = after;
    else if (this.#first === one) this.#first = after;
    else return;
    if (after) after.before = before;
    else this.#last = before;
    one.before = null;
    one.after = null;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#ring(), Math.min(ms, LONGEST_MS));
    // It may outlive the last call, which has a socket of its own to stay for.
    this.#timer.unref();
  }

  #ring(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (let one = this.#first; one && one.at <= now + EARLY_MS; one = this.#first) {
      this.remove(one);
      one.owner.late(one.limit);
    }
    if (this.#first && !this.#timer) this.#arm(this.#first.at - now);
  }
}

const queues = new Map<number, Queue>();

/**
 * Tells the owner that it is `late` after `ms` milliseconds, unless that is stopped before. Made for many that are stopped as a rule, as the
 * limits of calls are: to set and to stop one costs no timer.
 */
export function deadlineIn(ms: number, owner: Limited, limit: Limit): Deadline {
  let queue = queues.get(ms);
  if (!queue) {
    queue = new Queue(ms);
    queues.set(ms, queue);
  }
  return queue.add(owner, limit);
}
