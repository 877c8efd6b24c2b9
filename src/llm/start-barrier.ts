/** Calls of a burst wait here until all of them have a connection, so that they are sent in one moment and not as each one's handshake ends. */
export class StartBarrier {
  readonly #patienceMs: number;
  #missing: number;
  #opening: Promise<void> | undefined;
  #open: () => void = () => {};

  /** It opens `patienceMs` after the first has arrived, also where some are missing. */
  constructor(calls: number, patienceMs: number) {
    this.#missing = calls;
    this.#patienceMs = patienceMs;
  }

  /** A call has its connection, or will never have one. Resolves when all have. */
  arrive(): Promise<void> {
    this.#opening ??= new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#patienceMs);
      this.#open = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#missing--;
    if (this.#missing <= 0) this.#open();
    return this.#opening;
  }
}
