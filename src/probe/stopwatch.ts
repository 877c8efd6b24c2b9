/** Named timers of one call. */
export class Stopwatch {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  start(name: string, ms: number, late: () => void): void {
    this.stop(name);
    this.#timers.set(name, setTimeout(late, ms));
  }

  stop(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  stopAll(): void {
    for (const name of [...this.#timers.keys()]) this.stop(name);
  }
}
