/** Calls of a burst wait here until all of them have a connection, so that all are sent at the same moment. */
export class StartBarrier {
  readonly #patienceMs: number;
  #missing: number;
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  #timer: NodeJS.Timeout | undefined;

  /** The barrier opens `patienceMs` milliseconds after the first arrival even if some calls are missing. */
  constructor(calls: number, patienceMs: number) {
    this.#missing = calls;
    this.#patienceMs = patienceMs;
  }

  /** The call has its connection, or will never have one. Resolves when all have arrived. */
  arrive(): Promise<void> {
    this.#timer ??= setTimeout(this.#open, this.#patienceMs);
    if (--this.#missing <= 0) {
      clearTimeout(this.#timer);
      this.#open();
    }
    return this.#opened;
  }
}
