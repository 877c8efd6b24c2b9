import { usageError } from "../errors.js";
import type { CommandResult, PrintableResult } from "../output/command-result.js";
import type { Terminal } from "../terminal/terminal.js";
import type { Clock } from "./clock.js";
import type { RedisSettings, Settings } from "./settings.js";

/** The environment of a command. */
export interface Context {
  readonly settings: Settings;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C or SIGTERM; `reason` is the name of the signal. */
  readonly signal: AbortSignal;
  /** Prints a result now, for a command that continues after it and then returns `printed`. */
  readonly publish?: (result: PrintableResult) => Promise<void>;
}

/**
 * A command: arguments in, a result out. It prints notes and progress through `context.terminal`, never its document.
 */
export type Command<Arguments extends readonly unknown[]> = (
  context: Context,
  ...words: Arguments
) => Promise<CommandResult>;

/** The proxy's address; exit 2 without one. */
export function requireBaseUrl(settings: Settings): string {
  if (settings.baseUrl !== undefined) return settings.baseUrl;
  throw usageError({
    code: "no-base-url",
    message: "no proxy was named",
    hint: "give --base-url http://host:4000, or set LITELLM_PROXY_URL",
  });
}

/** The admin key; exit 2 without one. */
export function requireApiKey(settings: Settings): string {
  if (settings.apiKey !== undefined) return settings.apiKey;
  throw usageError({
    code: "no-api-key",
    message: "no admin key was given",
    hint: "set LITELLM_PROXY_API_KEY, or name a file: --api-key-file key.txt",
  });
}

/** How to reach Redis; exit 2 when it is not configured. */
export function requireRedis(settings: Settings): RedisSettings {
  if (settings.redis !== undefined) return settings.redis;
  throw usageError({
    code: "no-redis",
    message: "no Redis was named",
    hint: "give --redis-url redis://host:6379, or set REDIS_URL or REDIS_HOST",
  });
}
