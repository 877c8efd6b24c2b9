import { LlmctlError, unreachableError } from "../../errors.js";
import { ownerOfSecret, shortHash } from "../owner.js";
import { explainReply } from "./explain.js";
import type { LitellmApi } from "./http.js";
import { saysUnknownKey, unknownKey } from "./keys.js";
import type { ApiReply } from "./reply.js";
import { generatedKey, type KeyRow, keyRow } from "./schema.js";

/** Fields of a key that can be set, by LiteLLM's own names. In an update, a missing field stays and null removes it. */
export interface KeyFields {
  readonly key_alias?: string;
  /** 1 or more: with 0 or less LiteLLM rejects every call. */
  readonly max_parallel_requests?: number | null;
  readonly rpm_limit?: number | null;
  readonly tpm_limit?: number | null;
  /** Empty: every model. */
  readonly models?: readonly string[];
  /** `30s`, `12h`, `30d`, `1mo`; null: no expiry. */
  readonly duration?: string | null;
  /** Dollars. */
  readonly max_budget?: number | null;
  readonly team_id?: string;
  readonly user_id?: string;
  /** Replaces the whole object. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** One writing call, so that a dry run can show what would be sent. */
export interface PlannedCall {
  readonly method: "POST";
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Plans the creation of a key. */
export const planCreate = (fields: KeyFields): PlannedCall => post("/key/generate", { ...fields });
/** Plans an update of a key. */
export const planUpdate = (token: string, fields: KeyFields): PlannedCall =>
  post("/key/update", { key: token, ...fields });
/** Plans to block or unblock a key. */
export const planBlock = (token: string, blocked: boolean): PlannedCall =>
  post(blocked ? "/key/block" : "/key/unblock", { key: token });
/** Plans to delete a key. */
export const planDelete = (token: string): PlannedCall => post("/key/delete", { keys: [token] });

const post = (path: string, body: PlannedCall["body"]): PlannedCall => ({ method: "POST", path, body });

/**
 * Creates a key. The row repeats the request; what was stored may differ, which only reading the key shows. `token` is
 * the hash of the secret, computed here. A reply with another hash is exit 5, because that hash is used to change and
 * delete keys.
 */
export async function createKey(
  api: LitellmApi,
  call: PlannedCall,
): Promise<{ secret: string; token: string; row: KeyRow }> {
  let reply: ApiReply;
  try {
    reply = await api.call(call.method, call.path, { body: call.body });
  } catch (error) {
    throw perhapsMade(error);
  }
  const parsed = generatedKey.safeParse(reply.json);
  if (!parsed.success) throw explainReply(api.baseUrl, `POST ${call.path}`, reply);
  const { key: secret, token } = parsed.data;
  if (!secret.startsWith("sk-") || token !== ownerOfSecret(secret)) throw await otherKey(api, secret, token);
  return { secret, token, row: parsed.data };
}

/**
 * The proxy created one key and named another: the created one, if any, is deleted by its own hash, and nothing else is
 * touched.
 */
async function otherKey(api: LitellmApi, secret: string, named: string): Promise<LlmctlError> {
  const message = `POST /key/generate of ${api.baseUrl} answered with a key and the hash of another, ${shortHash(named)}`;
  const check = "check --base-url: what answers there does not behave like LiteLLM";
  if (!secret.startsWith("sk-")) return unreachableError({ code: "other-key", message, hint: check });
  const own = ownerOfSecret(secret);
  try {
    await deleteKey(api, own);
    return unreachableError({
      code: "other-key",
      message: `${message}; the key that was made was deleted again`,
      hint: check,
    });
  } catch (error) {
    if (!(error instanceof LlmctlError)) throw error;
    const undeleted = `${message}; the key that may have been made could not be deleted: ${error.message}`;
    return unreachableError({
      code: "other-key",
      message: undeleted,
      hint: `${check}; then: llmctl keys delete ${own}`,
    });
  }
}

/** Without an answer the key may exist nevertheless. */
function perhapsMade(error: unknown): unknown {
  if (!(error instanceof LlmctlError) || (error.code !== "interrupted" && error.code !== "proxy-unreachable"))
    return error;
  const { code, message, cause } = error;
  if (/ECONNREFUSED|ENOTFOUND/.test(message)) return error;
  return new LlmctlError({
    code,
    message: `${message}; the key may have been made`,
    hint: "look: llmctl keys list",
    cause,
  });
}

/** Updates, blocks or unblocks a key and returns its row as the proxy stored it; exit 2 when there is no such key. */
export async function changeKey(api: LitellmApi, token: string, call: PlannedCall): Promise<KeyRow> {
  const reply = await sendTo(api, token, call);
  const parsed = keyRow.safeParse(reply.json);
  if (!parsed.success) throw explainReply(api.baseUrl, `POST ${call.path}`, reply);
  return parsed.data;
}

/** Deletes a key; exit 2 when there is none. The answer only repeats the request, so it is not read. */
export async function deleteKey(api: LitellmApi, token: string): Promise<void> {
  await sendTo(api, token, planDelete(token));
}

async function sendTo(api: LitellmApi, token: string, { method, path, body }: PlannedCall): Promise<ApiReply> {
  const reply = await api.send(method, path, { body });
  if (saysUnknownKey(reply)) throw unknownKey(api, token);
  if (reply.status < 200 || reply.status >= 300 || reply.json === undefined) {
    throw explainReply(api.baseUrl, `${method} ${path}`, reply);
  }
  return reply;
}
