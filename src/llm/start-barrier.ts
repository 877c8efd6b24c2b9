/** Calls of a burst wait here until all of them have a connection, so that they are sent in one moment and not as each one's handshake ends. */
export class StartBarrier {
  readonly #patienceMs: number;
  #missing: number;
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  #timer: NodeJS.Timeout | undefined;

  /** It opens `patienceMs` after the first has arrived, also where some are missing. */
  constructor(calls: number, patienceMs: number) {
    this.#missing = calls;
    this.#patienceMs = patienceMs;
  }

  /** A call has its connection, or will never have one. Resolves when all have. */
  arrive(): Promise<void> {
    this.#timer ??= setTimeout(this.#open, this.#patienceMs);
    if (--this.#missing <= 0) {
      clearTimeout(this.#timer);
      this.#open();
    }
    return this.#opened;
  }
}
