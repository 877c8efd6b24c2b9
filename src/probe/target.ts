import type { Context } from "../config/context.js";
import { LlmctlError } from "../errors.js";
import { LitellmApi } from "../litellm/api/http.js";
import { describeProxy } from "../litellm/api/proxy.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import type { KnownLimit } from "../verdict/limit.js";
import type { KeyUnderTest } from "./key.js";
import { askLimit } from "./key-limit.js";
import { listModels } from "./model.js";

/** What is known of the other side before the first call. */
export interface Target {
  readonly baseUrl: string;
  readonly version: string | null;
  /** Null when the server has no list. */
  readonly models: readonly string[] | null;
  readonly limit: KnownLimit;
}

/** Asks the server with the admin's key where there is one, and with the key under test where that is what counts. */
export async function survey(
  context: Context,
  baseUrl: string,
  key: KeyUnderTest,
  flag: number | null,
): Promise<Target> {
  const { settings, signal } = context;
  const as = (apiKey: string) => new LitellmApi({ baseUrl, apiKey, timeoutMs: settings.timeoutMs, signal });
  const own = as(key.secret);
  const admin = settings.apiKey === undefined ? null : as(settings.apiKey);
  const models = await listModels(own);
  const version = await versionOf(context, admin ?? own);
  const limit: KnownLimit =
    flag !== null
      ? { value: flag, source: "flag" }
      : admin
        ? await askLimit(admin, key.hash)
        : await askLimit(own, null);
  return { baseUrl, version, models, limit };
}

/** Null when the server does not say: then it may be no LiteLLM at all, and is probed all the same. */
async function versionOf({ signal }: Context, api: LitellmApi): Promise<string | null> {
  try {
    return (await describeProxy(api)).version;
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
