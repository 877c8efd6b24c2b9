import type { LitellmApi } from "../litellm/api/http.js";
import type { ApiReply } from "../litellm/api/reply.js";
import { keyInfo } from "../litellm/api/schema.js";
import type { KnownLimit } from "../verdict/limit.js";

/**
 * Fetches the key's limit from the proxy: the admin may ask about any key, a key about itself.
 * A missing answer is no error, because the calls will show the limit: a plain server has no such route, and a proxy
 * without a database has no such answer.
 * If the admin key is rejected, `onRefused` gets the HTTP status and the key is used to ask about itself.
 */
export async function fetchKeyLimit(
  { own, admin, token }: { readonly own: LitellmApi; readonly admin: LitellmApi | null; readonly token: string },
  onRefused: (status: number) => void,
): Promise<KnownLimit> {
  if (admin === null) return limitIn(await own.send("GET", "/key/info"));
  const reply = await admin.send("GET", "/key/info", { query: { key: token } });
  if (reply.status !== 401 && reply.status !== 403) return limitIn(reply);
  onRefused(reply.status);
  return limitIn(await own.send("GET", "/key/info"));
}

function limitIn(reply: ApiReply): KnownLimit {
  const parsed = reply.status === 200 ? keyInfo.safeParse(reply.json) : undefined;
  const value = parsed?.success ? (parsed.data.info.max_parallel_requests ?? null) : null;
  return { value, source: value === null ? "none" : "key-info" };
}
