import { readFile, stat } from "node:fs/promises";
import { parseEnv } from "node:util";
import { usageError } from "../errors.js";
import { parseFormat } from "../report/index.js";
import { parseDuration } from "./duration.js";
import { configFile, stateDir } from "./paths.js";
import { redisFrom } from "./redis.js";
import { readSecret } from "./secret.js";
import type { GlobalFlags, Settings } from "./settings.js";

const DEFAULT_TIMEOUT = "10s";

export interface LoadSources {
  flags: GlobalFlags;
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadableStream;
  warn: (line: string) => void;
}

/** Flag, then environment, then --env-file, then the user's file: the first that says something is taken. */
export async function loadSettings({ flags, env, stdin, warn }: LoadSources): Promise<Settings> {
  const fromFile = flags.envFile === undefined ? {} : parseEnv(await readText(flags.envFile, "--env-file"));
  const surroundings = { ...fromFile, ...withoutEmpty(env) };
  const user = await readUserFile(configFile(env), warn);
  const baseUrl = flags.baseUrl ?? surroundings.LITELLM_PROXY_URL ?? user.baseUrl;
  const apiKey =
    flags.apiKeyFile === undefined
      ? (surroundings.LITELLM_PROXY_API_KEY ?? surroundings.LITELLM_MASTER_KEY ?? user.apiKey)
      : await readSecret(flags.apiKeyFile, "--api-key-file", stdin);
  const redis = redisFrom(flags, surroundings, user.redisUrl);
  const redisNamespace = flags.redisNamespace ?? user.redisNamespace;
  return {
    ...(baseUrl === undefined ? {} : { baseUrl: checkBaseUrl(baseUrl) }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(redis === undefined ? {} : { redis }),
    ...(redisNamespace ? { redisNamespace } : {}),
    timeoutMs: parseDuration(flags.timeout ?? DEFAULT_TIMEOUT, "--timeout"),
    output: flags.json ? "json" : parseFormat(flags.output ?? "table"),
    quiet: flags.quiet ?? false,
    yes: flags.yes ?? false,
    dryRun: flags.dryRun ?? false,
    input: flags.input ?? true,
    debug: flags.debug ?? false,
    stateDir: stateDir(env),
  };
}

function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw usageError(
      "bad-base-url",
      "the proxy's address is not an http or https URL",
      "for example: --base-url http://127.0.0.1:4000",
    );
  }
  if (url.username || url.password) {
    throw usageError(
      "bad-base-url",
      "the proxy's address holds a user or password",
      "give the key by --api-key-file or LITELLM_PROXY_API_KEY",
    );
  }
  return text.replace(/\/+$/, "");
}

const withoutEmpty = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));

async function readText(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw usageError(
      "unreadable-file",
      `${flag} ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      "name a file that you can read",
      cause,
    );
  }
}

type UserFile = {
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
  redisUrl?: string | undefined;
  redisNamespace?: string | undefined;
};

async function readUserFile(path: string, warn: (line: string) => void): Promise<UserFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw usageError(
      "unreadable-file",
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      "make it readable or remove it",
      error,
    );
  }
  const { parseUserFile } = await import("./user-file.js");
  const user = parseUserFile(text, path);
  const open = (await stat(path)).mode & 0o077;
  if (open && (user.apiKey || user.redisUrl)) warn(`${path} can be read by others; type: chmod 600 ${path}`);
  return user;
}
