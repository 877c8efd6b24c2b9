import { usageError } from "../../errors.js";
import { isHash, shortHash } from "../owner.js";
import { messageOf } from "../rejection.js";
import { explainReply } from "./explain.js";
import type { LitellmApi } from "./http.js";
import type { ApiReply } from "./reply.js";
import { type KeyRow, keyInfo, keyList } from "./schema.js";

/** A key's row and the hash that identifies it everywhere. */
export interface FoundKey {
  readonly token: string;
  readonly row: KeyRow;
}

/** The largest page that LiteLLM returns; 101 is answered with 422. */
const PAGE = 100;

/**
 * Yields every key that the admin may see, page by page. `filter`: further query fields. A key may come twice when
 * others are created meanwhile.
 */
export async function* listKeys(api: LitellmApi, filter: { key_alias?: string } = {}): AsyncGenerator<FoundKey> {
  for (let page = 1; ; page++) {
    const query = { return_full_object: true, page, size: PAGE, ...filter };
    const reply = await api.call("GET", "/key/list", { query });
    const parsed = keyList.safeParse(reply.json);
    if (!parsed.success) throw explainReply(api.baseUrl, "GET /key/list", reply);
    const { keys, total_pages } = parsed.data;
    for (const row of keys) {
      if (typeof row === "string") yield { token: row, row: { token: row } };
      else if (row.token) yield { token: row.token, row };
    }
    const last = total_pages == null ? keys.length < PAGE : page >= total_pages;
    if (keys.length === 0 || last) return;
  }
}

/** Finds a key by its hash or alias; exit 2 when there is none, exit 4 when the admin key was refused. */
export async function findKey(api: LitellmApi, reference: string): Promise<FoundKey> {
  const found = isHash(reference) ? await findByHash(api, reference) : await findByAlias(api, reference);
  if (found) return found;
  throw isHash(reference)
    ? unknownKey(api, reference)
    : usageError({
        code: "unknown-key",
        message: `${api.baseUrl} has no key with the alias "${reference}"`,
        hint: SEE_LIST,
      });
}

const SEE_LIST = "see what there is: llmctl keys list";

/** The error for a key that does not exist: exit 2. */
export const unknownKey = (api: LitellmApi, token: string) =>
  usageError({
    code: "unknown-key",
    message: `${api.baseUrl} has no key with the hash ${shortHash(token)}`,
    hint: SEE_LIST,
  });

async function findByHash(api: LitellmApi, token: string): Promise<FoundKey | undefined> {
  const reply = await api.send("GET", "/key/info", { query: { key: token } });
  if (saysUnknownKey(reply)) return undefined;
  const parsed = keyInfo.safeParse(reply.json);
  if (reply.status !== 200 || !parsed.success) throw explainReply(api.baseUrl, "GET /key/info", reply);
  // From 1.109 on the row of a deleted key is still returned.
  if (parsed.data.info.status === "deleted") return undefined;
  return { token, row: { token, ...parsed.data.info } };
}

async function findByAlias(api: LitellmApi, alias: string): Promise<FoundKey | undefined> {
  const same = new Map<string, FoundKey>();
  // Some releases also list keys whose alias contains the requested one; only an exact match counts.
  for await (const found of listKeys(api, { key_alias: alias })) {
    if (found.row.key_alias === alias) same.set(found.token, found);
  }
  if (same.size > 1) {
    const hashes = [...same.keys()].map(shortHash).join(", ");
    throw usageError({
      code: "ambiguous-alias",
      message: `${same.size} keys have the alias "${alias}": ${hashes}`,
      hint: "name one by its hash",
    });
  }
  return [...same.values()][0];
}

/**
 * Whether the reply says that the key does not exist: 404 from 1.91 on; 401 on 1.79.1, where only the text
 * distinguishes it from a refused admin key.
 */
export function saysUnknownKey({ status, text }: ApiReply): boolean {
  const message = messageOf(text);
  if (status === 404) return /\bkeys? not found\b|\bno keys found\b/i.test(message);
  return status === 401 && /user key does not exist in db|not found in db\. Create key via/.test(message);
}
