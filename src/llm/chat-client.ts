import type { Context } from "../config/context.js";
import type { Settings } from "../config/settings.js";
import { LitellmApi } from "../litellm/api/http.js";
import type { CallResult } from "./call-result.js";
import { endpoints } from "./endpoints/index.js";
import { makeCall } from "./http-call.js";
import { chooseModel, listModels } from "./model.js";

/**
 * Makes small chat calls with one key. It uses chat because that route releases its slot on every release of LiteLLM.
 */
export interface ChatClient {
  readonly path: string;
  readonly model: string;
  /** The most tokens a call can use, prompt and answer. */
  readonly tokens: number;
  call(): Promise<CallResult>;
}

const PROMPT = "Answer with one word: ok.";
const MAX_TOKENS = 16;
/** A word counts as two tokens, which English stays below. */
const TOKENS = MAX_TOKENS + 2 * PROMPT.split(/\s+/).length;
const LIMITS = { connectMs: 10_000, firstByteMs: 60_000, totalMs: 120_000 };

/** Creates a client with a model that the key may use. Exit 2 when no model fits, exit 4 when the key is refused. */
export async function createChatClient(
  { settings, clock, signal }: Pick<Context, "clock" | "signal"> & { readonly settings: Pick<Settings, "timeoutMs"> },
  { baseUrl, secret, model: named }: { baseUrl: string; secret: string; model: string | undefined },
): Promise<ChatClient> {
  const endpoint = endpoints.chat;
  const api = new LitellmApi({ baseUrl, apiKey: secret, timeoutMs: settings.timeoutMs, signal });
  const { models, problem } = await listModels(api);
  const model = chooseModel(endpoint, named, models, problem);
  const body = endpoint.body({ model, prompt: PROMPT, maxTokens: MAX_TOKENS, stream: false });
  const order = { baseUrl, endpoint, key: secret, body, abortAfter: null, limits: LIMITS };
  return {
    path: endpoint.path,
    model,
    tokens: TOKENS,
    call: () => makeCall(order, { clock, origin: clock.monotonic(), signal }),
  };
}
