import type { LitellmApi } from "./api/http.js";
import { listKeys } from "./api/keys.js";
import type { KeyRow } from "./api/schema.js";

/** The proxy's rows of keys, by hash. */
export type KeyDirectory = ReadonlyMap<string, KeyRow>;

/** Reads every key of the proxy. Throws the API's errors; the caller decides whether it can continue without. */
export async function readKeyDirectory(api: LitellmApi): Promise<KeyDirectory> {
  const rows = new Map<string, KeyRow>();
  for await (const { token, row } of listKeys(api)) rows.set(token, row);
  return rows;
}

/** A directory without keys. */
export const EMPTY_KEY_DIRECTORY: KeyDirectory = new Map();

/** The alias of a key; null when unknown. */
export const aliasOf = (keyDirectory: KeyDirectory, id: string): string | null =>
  keyDirectory.get(id)?.key_alias ?? null;
/** The parallel limit of a key; null when unknown or none. */
export const limitOf = (keyDirectory: KeyDirectory, id: string): number | null =>
  keyDirectory.get(id)?.max_parallel_requests ?? null;
