import { hashOf, type KeyRow, newRow } from "./row.js";

/** The table of virtual keys, in memory. */
export class Keys {
  readonly #rows = new Map<string, KeyRow>();
  readonly #deleted = new Map<string, { row: KeyRow; at: number }>();

  /** Adds a key; undefined when it exists, which LiteLLM answers with 200 and no change. */
  add(secret: string, now: number): KeyRow | undefined {
    const row = newRow(secret, now);
    if (this.#rows.has(row.token)) return undefined;
    this.#rows.set(row.token, row);
    return row;
  }

  /** Finds a key by its secret or hash. */
  find(keyOrHash: string): KeyRow | undefined {
    return this.#rows.get(keyOrHash.startsWith("sk-") ? hashOf(keyOrHash) : keyOrHash);
  }

  byAlias(alias: string): KeyRow | undefined {
    return this.newestFirst().find(({ key_alias }) => key_alias === alias);
  }

  delete(row: KeyRow, now: number): void {
    this.#rows.delete(row.token);
    this.#deleted.set(row.token, { row, at: now });
  }

  findDeleted(keyOrHash: string): { row: KeyRow; at: number } | undefined {
    return this.#deleted.get(keyOrHash.startsWith("sk-") ? hashOf(keyOrHash) : keyOrHash);
  }

  newestFirst(): KeyRow[] {
    return [...this.#rows.values()].reverse();
  }

  deletedNewestFirst(): KeyRow[] {
    return [...this.#deleted.values()].map(({ row }) => row).reverse();
  }
}
