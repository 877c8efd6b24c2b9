import { z } from "zod";
import { deniedError, type LlmctlError, usageError } from "../errors.js";
import { explainReply } from "../litellm/api/explain.js";
import type { LitellmApi } from "../litellm/api/http.js";
import type { Endpoint } from "./endpoints/endpoint.js";

const modelList = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/** Names of models that these endpoints cannot use. */
const OTHER_KINDS = /embed|whisper|tts|dall-e|image|rerank|moderation|transcri|speech|audio|realtime/i;

/** The models that a server lists. */
export interface ModelList {
  /** Null when the server has no list or does not show it. */
  readonly models: readonly string[] | null;
  /** The error in place of a list, such as a web page. A model must then be named. */
  readonly problem: LlmctlError | null;
}

/**
 * Lists the models that the key under test may use; `api` must use that key. Exit 4 when the key is refused, 5 when no
 * server answers.
 */
export async function listModels(api: LitellmApi): Promise<ModelList> {
  const reply = await api.send("GET", "/v1/models");
  const parsed = modelList.safeParse(reply.json);
  if (reply.status === 200 && parsed.success) return { models: parsed.data.data.map(({ id }) => id), problem: null };
  if (reply.status === 401) {
    throw deniedError({
      code: "key-refused",
      message: api.hasKey ? `${api.baseUrl} refused the key under test (401)` : `${api.baseUrl} asks for a key (401)`,
      hint: api.hasKey
        ? "check the key in --key-file: it may be blocked, expired or of another proxy"
        : "name a file with one: --key-file key.txt",
    });
  }
  // Not every server has a list, and not every key may see it. A locked key may be refused even that.
  if (NO_LIST.includes(reply.status)) return { models: null, problem: null };
  const problem = explainReply(api.baseUrl, "GET /v1/models", reply);
  // A redirect leads calls elsewhere, and a server that fails here would fail them too.
  if (reply.status >= 500 || (reply.status >= 300 && reply.status < 400)) throw problem;
  return { models: null, problem };
}

/** No such path or method; not for this key; too busy. */
const NO_LIST: readonly number[] = [403, 404, 405, 429, 501, 503];

/**
 * Chooses a model: the named one, else the first native to the endpoint, else the first that can chat. Without any:
 * exit 2, or the list's own problem.
 */
export function chooseModel(
  endpoint: Endpoint,
  named: string | undefined,
  models: readonly string[] | null,
  problem: LlmctlError | null = null,
): string {
  // A pattern such as openai/* admits names that the list does not hold.
  const patterns = models?.some((name) => name.includes("*")) ?? true;
  if (named !== undefined) {
    if (patterns || models?.includes(named)) return named;
    throw usageError({
      code: "model-not-found",
      message: `this key has no model ${named}`,
      hint: models?.length ? `it has: ${models.slice(0, 10).join(", ")}` : "it has none",
    });
  }
  const fit = (models ?? []).filter((name) => !name.includes("*") && !OTHER_KINDS.test(name));
  const found = fit.find((name) => endpoint.prefers.test(name)) ?? fit[0];
  if (found) return found;
  if (problem) throw problem;
  throw usageError({
    code: "no-model",
    message:
      models === null
        ? "no model was named, and the server shows no list of its own (/v1/models)"
        : `no model for ${endpoint.path} was found in the server's list`,
    hint: "name one: --model gpt-4o-mini",
  });
}
