import { LlmctlError, usageError } from "../errors.js";
import { overlay, type Words } from "./overlay.js";
import { redisFrom } from "./redis.js";
import type { GlobalFlags, RedisSettings } from "./settings.js";

/** What LiteLLM's own configuration says of the settings of llmctl. */
export interface LitellmSource {
  /** File and line, for messages. */
  readonly where: string;
  /** `REDIS_…` that it puts into the proxy's environment. */
  readonly variables: Words;
  /** The limiter's Redis under the names of the environment; empty when it names none. */
  readonly words: Words;
  readonly namespace?: string;
  readonly apiKey?: string;
}

/** Reads the file that `--litellm-config` names; `env` is what its `os.environ/` references are resolved from. */
export type ReadLitellm = (path: string, env: Words) => Promise<LitellmSource>;

/** Redis as that file names it. What it leaves out, such as a password, LiteLLM takes from the environment. */
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
    throw usageError("bad-litellm-config", `${where}: ${plain(error.message)}`, plain(error.hint ?? ""), error);
  }
}
