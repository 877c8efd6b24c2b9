/** A binary heap: the first item of the order can be removed in O(log n). */
export class MinHeap<T> {
  readonly #order: (a: T, b: T) => number;
  readonly #heap: T[] = [];

  /** The order is that of `Array.prototype.sort`. */
  constructor(order: (a: T, b: T) => number) {
    this.#order = order;
  }

  get size(): number {
    return this.#heap.length;
  }

  get first(): T | undefined {
    return this.#heap[0];
  }

  add(one: T): void {
    let at = this.#heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#heap[parent] as T;
      if (this.#order(one, above) >= 0) break;
      this.#heap[at] = above;
      at = parent;
    }
    this.#heap[at] = one;
  }

  take(): T | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  /** Puts an item at the root and moves it down to its place. */
  #sink(one: T): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const other = child + 1;
      const toOther = other < heap.length ? this.#order(heap[other] as T, heap[child] as T) : Number.POSITIVE_INFINITY;
      if (toOther < 0) child = other;
      if (this.#order(one, heap[child] as T) <= 0) break;
      heap[at] = heap[child] as T;
      at = child;
    }
    heap[at] = one;
  }
}
