import type { LitellmSource } from "../../config/litellm-source.js";
import { formatPlace, limiterRedis, readLitellmConfig, redisVariables, textOf } from "./index.js";

/**
 * llmctl settings that LiteLLM's configuration provides: Redis, its namespace, the admin key. Exit 2 when it cannot be
 * read.
 */
export async function litellmSource(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LitellmSource> {
  const { settings, file } = await readLitellmConfig(path, env);
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
