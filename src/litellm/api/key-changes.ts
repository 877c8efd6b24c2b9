import { LlmctlError, unreachableError } from "../../errors.js";
import { ownerOfSecret, shortHash } from "../owner.js";
import { explainReply } from "./explain.js";
import type { LitellmApi } from "./http.js";
import { saysUnknownKey, unknownKey } from "./keys.js";
import type { ApiReply } from "./reply.js";
import { generatedKey, type KeyRow, keyRow } from "./schema.js";

/** What may be set on a key, in LiteLLM's own names. In a change, what is left out stays and null takes it away. */
export interface KeyFields {
  readonly key_alias?: string;
  /** 1 or more: with 0 or less LiteLLM refuses every call. */
  readonly max_parallel_requests?: number | null;
  readonly rpm_limit?: number | null;
  readonly tpm_limit?: number | null;
  /** Empty: every model. */
  readonly models?: readonly string[];
  /** `30s`, `12h`, `30d`, `1mo`; null: for ever. */
  readonly duration?: string | null;
  /** Dollars. */
  readonly max_budget?: number | null;
  readonly team_id?: string;
  readonly user_id?: string;
  /** Replaces the whole object. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** One writing call, so that a dry run can say what would be sent. */
export interface PlannedCall {
  readonly method: "POST";
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export const planCreate = (fields: KeyFields): PlannedCall => post("/key/generate", { ...fields });
export const planUpdate = (token: string, fields: KeyFields): PlannedCall =>
  post("/key/update", { key: token, ...fields });
export const planBlock = (token: string, blocked: boolean): PlannedCall =>
  post(blocked ? "/key/block" : "/key/unblock", { key: token });
export const planDelete = (token: string): PlannedCall => post("/key/delete", { keys: [token] });

const post = (path: string, body: PlannedCall["body"]): PlannedCall => ({ method: "POST", path, body });

/**
 * Makes a key. The row repeats what was asked; what was stored may differ, which only a look at the key tells. `token`
 * is the hash of the secret, made here: a reply that names another is exit 5, for by that hash keys are changed and
 * deleted.
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
 * The proxy made one key and named another: the one that was made, if any, is deleted by its own hash, and nothing else
 * is touched.
 */
async function otherKey(api: LitellmApi, secret: string, named: string): Promise<LlmctlError> {
  const told = `POST /key/generate of ${api.baseUrl} answered with a key and the hash of another, ${shortHash(named)}`;
  const check = "check --base-url: what answers there does not behave like LiteLLM";
  if (!secret.startsWith("sk-")) return unreachableError("other-key", told, check);
  const own = ownerOfSecret(secret);
  try {
    await deleteKey(api, own);
    return unreachableError("other-key", `${told}; the key that was made was deleted again`, check);
  } catch (error) {
    if (!(error instanceof LlmctlError)) throw error;
    const left = `${told}; the key that may have been made could not be deleted: ${error.message}`;
    return unreachableError("other-key", left, `${check}; then: llmctl keys delete ${own}`);
  }
}

/** When the answer did not come, the key may be there all the same. */
function perhapsMade(error: unknown): unknown {
  if (!(error instanceof LlmctlError) || (error.code !== "interrupted" && error.code !== "proxy-unreachable"))
    return error;
  const { code, message, exit, cause } = error;
  if (/ECONNREFUSED|ENOTFOUND/.test(message)) return error;
  return new LlmctlError({
    code,
    message: `${message}; the key may have been made`,
    hint: "look: llmctl keys list",
    exit,
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

/** Deletes a key; exit 2 when there is none. The answer only repeats what was asked, so nothing is read from it. */
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
