import type { Context } from "../config/context.js";
import { LlmctlError } from "../errors.js";
import { LitellmApi } from "../litellm/api/http.js";
import { describeProxy } from "../litellm/api/proxy.js";
import { listModels } from "../llm/model.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import type { KnownLimit } from "../verdict/limit.js";
import { fetchKeyLimit } from "./fetch-limit.js";
import type { KeyUnderTest } from "./key.js";

/** What is known of the server before the first call. */
export interface Target {
  readonly baseUrl: string;
  readonly version: string | null;
  /** The server identified itself as LiteLLM. If false, the answer of a call may still do so. */
  readonly litellm: boolean;
  /** Null when the server lists no models. */
  readonly models: readonly string[] | null;
  /** The error in place of a list of models. */
  readonly listProblem: LlmctlError | null;
  readonly limit: KnownLimit;
}

/**
 * Asks the server what it is, with the admin key if there is one, and with the key under test where the key's own view
 * matters.
 */
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
      `${baseUrl} rejected the admin key (${status}); reading the limit with the key under test instead`,
    );
  const { models, problem } = await listModels(own);
  const proxy = await orNothing(context, () => describeProxy(admin ?? own));
  const limit: KnownLimit =
    flag !== null
      ? { value: flag, source: "flag" }
      : ((await orNothing(context, () => fetchKeyLimit({ own, admin, token: key.hash }, refused))) ?? UNTOLD);
  // Other servers may have a readiness route too; only LiteLLM's reports a database.
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

/** The server has answered already, so it is reachable; errors of routes that only LiteLLM has are ignored. */
async function orNothing<T>({ signal }: Context, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof LlmctlError) || signal.aborted) throw error;
    return null;
  }
}

/** Connects to Redis if configured; null with a warning when it cannot be reached: calls alone show much too. */
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
