import { z } from "zod";
import { deniedError, usageError } from "../errors.js";
import { explainReply } from "../litellm/api/explain.js";
import type { LitellmApi } from "../litellm/api/http.js";
import type { Endpoint } from "./endpoints/endpoint.js";

const modelList = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/** Names of models that answer other questions than these endpoints ask. */
const OTHER_KINDS = /embed|whisper|tts|dall-e|image|rerank|moderation|transcri|speech|audio|realtime/i;

/** The models that the key under test may use; null when the server has no such list. `api` goes by that key. Exit 4 when the key is refused. */
export async function listModels(api: LitellmApi): Promise<readonly string[] | null> {
  const reply = await api.send("GET", "/v1/models");
  if (reply.status === 401 || reply.status === 403) {
    throw deniedError(
      "key-refused",
      `${api.baseUrl} refused the key under test (${reply.status})`,
      "check the key in --key-file: it may be blocked, expired or of another proxy",
    );
  }
  if (reply.status === 404 && reply.json !== undefined) return null;
  const parsed = modelList.safeParse(reply.json);
  if (!parsed.success) throw explainReply(api.baseUrl, "GET /v1/models", reply);
  return parsed.data.data.map(({ id }) => id);
}

/** The model to ask for: the one that was named, else the first that is at home on the endpoint, else the first that can chat. */
export function chooseModel(endpoint: Endpoint, named: string | undefined, models: readonly string[] | null): string {
  // A pattern such as openai/* lets names through that the list does not hold.
  const patterns = models?.some((name) => name.includes("*")) ?? true;
  if (named !== undefined) {
    if (patterns || models?.includes(named)) return named;
    throw usageError(
      "model-not-found",
      `this key has no model ${named}`,
      models?.length ? `it has: ${models.slice(0, 10).join(", ")}` : "it has none",
    );
  }
  const fit = (models ?? []).filter((name) => !name.includes("*") && !OTHER_KINDS.test(name));
  const found = fit.find((name) => endpoint.prefers.test(name)) ?? fit[0];
  if (found) return found;
  throw usageError(
    "no-model",
    `no model for ${endpoint.path} was found in the proxy's list`,
    "name one: --model gpt-4o-mini",
  );
}
