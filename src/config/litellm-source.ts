import { LlmctlError, usageError } from "../errors.js";
import { overlay, type Words } from "./overlay.js";
import { redisFrom } from "./redis.js";
import type { GlobalFlags, RedisSettings } from "./settings.js";

/** Settings that LiteLLM's own configuration provides. */
export interface LitellmSource {
  /** File and line, for messages. */
  readonly where: string;
  /** `REDIS_…` variables that it sets in the proxy's environment. */
  readonly variables: Words;
  /** The limiter's Redis as environment variables; empty when it configures none. */
  readonly words: Words;
  readonly namespace?: string;
  readonly apiKey?: string;
}

/** Reads the file of `--litellm-config`; its `os.environ/` references are resolved from `env`. */
export type ReadLitellm = (path: string, env: Words) => Promise<LitellmSource>;

/** Redis as that file configures it. Missing values, such as a password, come from the environment, as in LiteLLM. */
export function redisFromLitellm(
  { where, variables, words }: LitellmSource,
  flags: GlobalFlags,
  env: Words,
): RedisSettings | undefined {
  const { redisUrl: _, ...rest } = flags;
  try {
    return redisFrom(rest, overlay(overlay(env, variables), words), undefined);
  } catch (error) {
    if (!(error instanceof LlmctlError)) throw error;
    const plain = (text: string) => text.replace(/REDIS_[A-Z_]+/g, (word) => word.slice("REDIS_".length).toLowerCase());
    throw usageError({
      code: "bad-litellm-config",
      message: `${where}: ${plain(error.message)}`,
      hint: plain(error.hint ?? ""),
      cause: error,
    });
  }
}
