import { unreachableError, usageError } from "../../errors.js";
import { isHash, ownerOfSecret, shortHash } from "../owner.js";
import { type ApiReply, explainReply, type LitellmApi } from "./http.js";
import { type KeyRow, keyInfo, keyList } from "./schema.js";

/** A key's row and the hash that names it everywhere. */
export interface FoundKey {
  readonly token: string;
  readonly row: KeyRow;
}

const PAGE = 100;

/** Every key that the admin may see, page by page. */
export async function* listKeys(api: LitellmApi): AsyncGenerator<FoundKey> {
  for (let page = 1; ; page++) {
    const reply = await api.call("GET", "/key/list", { query: { return_full_object: true, page, size: PAGE } });
    const parsed = keyList.safeParse(reply.json);
    if (!parsed.success) throw explainReply(api.baseUrl, "GET /key/list", reply);
    for (const row of parsed.data.keys) {
      if (typeof row === "string") yield { token: row, row: { token: row } };
      else if (row.token) yield { token: row.token, row };
    }
    if (parsed.data.keys.length === 0 || page >= (parsed.data.total_pages ?? page)) return;
  }
}

/** A key by its secret, hash or alias; exit 2 when there is none, exit 4 when the admin key was refused. */
export async function findKey(api: LitellmApi, reference: string): Promise<FoundKey> {
  const hash = reference.startsWith("sk-") ? ownerOfSecret(reference) : isHash(reference) ? reference : undefined;
  const found = hash === undefined ? await findByAlias(api, reference) : await findByHash(api, hash);
  if (found) return found;
  const shown = hash === undefined ? `alias "${reference}"` : `hash ${shortHash(hash)}`;
  throw usageError("unknown-key", `${api.baseUrl} has no key with the ${shown}`, "see what there is: llmctl keys list");
}

async function findByHash(api: LitellmApi, token: string): Promise<FoundKey | undefined> {
  const reply = await api.send("GET", "/key/info", { query: { key: token } });
  if (saysUnknownKey(reply)) return undefined;
  const parsed = keyInfo.safeParse(reply.json);
  if (reply.status !== 200 || !parsed.success) throw explainReply(api.baseUrl, "GET /key/info", reply);
  // From 1.109 on the row of a deleted key is still shown.
  if (parsed.data.info.status === "deleted") return undefined;
  return { token, row: parsed.data.info };
}

async function findByAlias(api: LitellmApi, alias: string): Promise<FoundKey | undefined> {
  const reply = await api.call("GET", "/key/list", {
    query: { return_full_object: true, key_alias: alias, size: PAGE },
  });
  const parsed = keyList.safeParse(reply.json);
  if (!parsed.success) throw explainReply(api.baseUrl, "GET /key/list", reply);
  // The proxy may match parts of an alias; only the very same one will do.
  const rows = parsed.data.keys.filter((row): row is KeyRow => typeof row !== "string" && row.key_alias === alias);
  const [row, another] = rows;
  if (another)
    throw usageError(
      "ambiguous-alias",
      `${rows.length} keys have the alias "${alias}"`,
      "name one by its hash: llmctl keys list",
    );
  if (!row) return undefined;
  if (!row.token)
    throw unreachableError(
      "proxy-error",
      `${api.baseUrl} lists "${alias}" without its token`,
      "name the key by its hash",
    );
  return { token: row.token, row };
}

/**
 * Whether the reply says that the key in question does not exist: 404 from 1.96 on, 401 on 1.79.1, where only the text tells it from a
 * refused admin key.
 */
export function saysUnknownKey(reply: ApiReply): boolean {
  if (reply.status === 404) return reply.json !== undefined && !/"detail":\s*"Not Found"/.test(reply.text);
  return reply.status === 401 && /user key does not exist in db|not found in db\. Create key via/.test(reply.text);
}
