import type { Context } from "../config/context.js";
import { LlmctlError } from "../errors.js";
import { LitellmApi } from "../litellm/api/http.js";
import { describeProxy } from "../litellm/api/proxy.js";
import { listModels } from "../llm/model.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import type { KnownLimit } from "../verdict/limit.js";
import { fetchKeyLimit } from "./fetch-limit.js";
import type { KeyUnderTest } from "./key.js";

/** What is known of the other side before the first call. */
export interface Target {
  readonly baseUrl: string;
  readonly version: string | null;
  /** It has shown itself to be LiteLLM; where it has not, the answer of a call may still do so. */
  readonly litellm: boolean;
  /** Null when the server shows no list. */
  readonly models: readonly string[] | null;
  /** What came instead of a list of models. */
  readonly listProblem: LlmctlError | null;
  readonly limit: KnownLimit;
}

/** Asks the server with the admin's key where there is one, and with the key under test where that is what counts. */
export async function discoverTarget(
  context: Context,
  baseUrl: string,
  key: KeyUnderTest,
  flag: number | null,
): Promise<Target> {
  const { settings, signal } = context;
  const as = (apiKey: string | undefined) => new LitellmApi({ baseUrl, apiKey, timeoutMs: settings.timeoutMs, signal });
  const own = as(key.secret ?? undefined);
  const admin = settings.apiKey === undefined ? null : as(settings.apiKey);
  const refused = (status: number) =>
    context.terminal.warn(
      `${baseUrl} refused the admin's key (${status}), so the key under test is asked about itself`,
    );
  const { models, problem } = await listModels(own);
  const proxy = await orNothing(context, () => describeProxy(admin ?? own));
  const limit: KnownLimit =
    flag !== null
      ? { value: flag, source: "flag" }
      : ((await orNothing(context, () => fetchKeyLimit({ own, admin, token: key.hash }, refused))) ?? UNTOLD);
  // Some servers have a readiness of their own; a database is a word of LiteLLM's.
  const litellm = proxy !== null && (proxy.version !== null || proxy.limiter !== null || proxy.database !== null);
  return {
    baseUrl,
    version: proxy?.version ?? null,
    litellm: litellm || limit.source === "key-info",
    models,
    listProblem: problem,
    limit,
  };
}

const UNTOLD: KnownLimit = { value: null, source: "none" };

/** It answered already, so it is there; what it makes of addresses that only LiteLLM has is no error. */
async function orNothing<T>({ signal }: Context, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof LlmctlError) || signal.aborted) throw error;
    return null;
  }
}

/** Redis when it was named; null, and said, when it cannot be reached: calls alone tell much too. */
export async function openRedis({ settings, terminal }: Context): Promise<RedisConnection | null> {
  if (settings.redis === undefined) return null;
  try {
    return await connectRedis(settings.redis, { timeoutMs: settings.timeoutMs });
  } catch (error) {
    if (!(error instanceof LlmctlError)) throw error;
    terminal.warn(`${error.message}; it is judged by the calls alone`);
    return null;
  }
}
