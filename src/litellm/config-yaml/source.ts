import type { LitellmSource } from "../../config/litellm-source.js";
import { formatPlace, type LitellmConfig, limiterRedis, readConfigOnce, redisVariables, textOf } from "./index.js";

/**
 * llmctl settings that LiteLLM's configuration provides: Redis, its namespace, the admin key. Exit 2 when it cannot be
 * read.
 */
export const litellmSource = async (
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LitellmSource> => sourceOf(await readConfigOnce({ path, env }));

/** What LiteLLM's configuration says of the settings of llmctl: where Redis is, its namespace, the admin's key. */
export function sourceOf({ settings, file }: LitellmConfig): LitellmSource {
  const redis = limiterRedis(settings, file);
  const variables = redisVariables(settings);
  const masterKey = textOf(settings.at("general_settings", "master_key"));
  return {
    where: redis.source === null ? file : `${formatPlace(redis.place)} (${redis.source})`,
    variables,
    words: redis.source === null ? {} : redis.words,
    ...(redis.source !== null && redis.namespace !== null ? { namespace: redis.namespace } : {}),
    ...(masterKey ? { apiKey: masterKey } : {}),
  };
}
