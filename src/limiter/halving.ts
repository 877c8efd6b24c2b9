/**
 * Callers that are answered together ask again together, and then this process and the server work in turns. Half of a full batch is answered
 * a moment later, and both have work all the time.
 */
export class Halving {
  /** The size of a full batch lately. */
  #full = 0;

  /** How many of `size` to answer at once. `alone`: nothing else is on its way. */
  first(size: number, alone: boolean): number {
    this.#full = Math.max(size, this.#full * 0.999);
    // Halves are not halved again.
    return alone && size >= 16 && size > 0.75 * this.#full ? size >> 1 : size;
  }
}
