import type { KeyRow } from "./admin/row.js";

/**
 * One worker's cache of keys: a row is kept for a minute after it was read, however often it is used. So a change taken
 * by another worker applies here only later. Measured: 58 to 60 s up to 1.102, while 1.109 notifies the other workers
 * at once.
 */
export class RowCache {
  readonly #ttlMs: number;
  readonly #readAt = new Map<string, number>();
  readonly #old = new Map<string, { readonly row: KeyRow; readonly until: number }>();

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** The row as this worker has it; `current` is the one in the database. */
  see(token: string, current: KeyRow | undefined, now: number): KeyRow | undefined {
    const old = this.#old.get(token);
    if (old && now < old.until) return old.row;
    this.#old.delete(token);
    if (current && now >= (this.#readAt.get(token) ?? Number.NEGATIVE_INFINITY) + this.#ttlMs) {
      this.#readAt.set(token, now);
    }
    return current;
  }

  /** Call when another worker is about to change this row. */
  miss(row: KeyRow, now: number): void {
    const until = (this.#readAt.get(row.token) ?? Number.NEGATIVE_INFINITY) + this.#ttlMs;
    if (now < until && !this.#old.has(row.token)) this.#old.set(row.token, { row: { ...row }, until });
  }

  /** Call when this worker is about to change the row, or restarts. */
  forget(token: string): void {
    this.#old.delete(token);
    this.#readAt.delete(token);
  }

  clear(): void {
    this.#old.clear();
    this.#readAt.clear();
  }
}
