import type { LitellmApi } from "../litellm/api/http.js";
import { keyInfo } from "../litellm/api/schema.js";
import type { KnownLimit } from "../verdict/limit.js";

/**
 * What the proxy says of the key: the admin may ask about any key, a key about itself. Without an answer the calls will tell, so nothing here
 * is an error: a plain server has no such address, a proxy without a database no such answer.
 */
export async function askLimit(asker: LitellmApi, token: string | null): Promise<KnownLimit> {
  const reply = await asker.send("GET", "/key/info", token === null ? {} : { query: { key: token } });
  const parsed = reply.status === 200 ? keyInfo.safeParse(reply.json) : undefined;
  const value = parsed?.success ? (parsed.data.info.max_parallel_requests ?? null) : null;
  return { value, source: value === null ? "none" : "key-info" };
}
