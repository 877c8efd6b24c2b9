import type { LitellmApi } from "./api/http.js";
import { listKeys } from "./api/keys.js";
import type { KeyRow } from "./api/schema.js";

/** What the proxy knows of each owner, by hash. */
export type KeyDirectory = ReadonlyMap<string, KeyRow>;

/** Reads every key of the proxy. Throws what the API throws; the caller decides whether it can do without. */
export async function readKeyDirectory(api: LitellmApi): Promise<KeyDirectory> {
  const rows = new Map<string, KeyRow>();
  for await (const { token, row } of listKeys(api)) rows.set(token, row);
  return rows;
}

export const EMPTY_KEY_DIRECTORY: KeyDirectory = new Map();

export const aliasOf = (keyDirectory: KeyDirectory, id: string): string | null =>
  keyDirectory.get(id)?.key_alias ?? null;
export const limitOf = (keyDirectory: KeyDirectory, id: string): number | null =>
  keyDirectory.get(id)?.max_parallel_requests ?? null;
