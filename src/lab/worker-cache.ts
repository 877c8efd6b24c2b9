/** Milliseconds since 1970. */
export type Now = () => number;

/**
 * One worker's cache of Redis. A value expires a fixed time after its *first* write: later writes change it without
 * extending it. This is LiteLLM's in-memory cache, and why a repaired key may still be rejected.
 */
export class WorkerCache {
  readonly #entries = new Map<string, { value: number; until: number }>();
  readonly #now: Now;

  constructor(now: Now) {
    this.#now = now;
  }

  get(name: string): number | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    if (this.#now() <= entry.until) return entry.value;
    this.#entries.delete(name);
    return undefined;
  }

  set(name: string, value: number, ttlSeconds: number): void {
    const alive = this.get(name) === undefined ? undefined : this.#entries.get(name);
    this.#entries.set(name, { value, until: alive?.until ?? this.#now() + ttlSeconds * 1000 });
  }

  add(name: string, by: number, ttlSeconds: number): void {
    this.set(name, (this.get(name) ?? 0) + by, ttlSeconds);
  }

  forget(): void {
    this.#entries.clear();
  }
}
