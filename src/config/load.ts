import { readFile, stat } from "node:fs/promises";
import { parseEnv } from "node:util";
import { errorCode, usageError } from "../errors.js";
import { parseFormat } from "../output/index.js";
import { parseDuration } from "./duration.js";
import { type ReadLitellm, redisFromLitellm } from "./litellm-source.js";
import { readNamedFile } from "./named-file.js";
import { overlay, type Words } from "./overlay.js";
import { configFile, stateDir } from "./paths.js";
import { redisFrom } from "./redis.js";
import { readSecret } from "./secret.js";
import type { GlobalFlags, Settings } from "./settings.js";

const DEFAULT_TIMEOUT = "10s";

/** Where settings come from. */
export interface LoadSources {
  flags: GlobalFlags;
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadableStream;
  warn: (line: string) => void;
  readLitellm: ReadLitellm;
}

/**
 * Loads the settings. Precedence: flag, environment, --env-file, the user's file, then LiteLLM's own configuration if
 * given. Exit 2 for an invalid value.
 */
export async function loadSettings({ flags, env, stdin, warn, readLitellm }: LoadSources): Promise<Settings> {
  const fromFile = withoutEmpty(
    flags.envFile === undefined ? {} : parseEnv(await readNamedFile(flags.envFile, "--env-file")),
  );
  const surroundings = overlay(fromFile, withoutEmpty(env));
  const user = await readUserFile(configFile(env), warn);
  const all = { ...fromFile, ...withoutEmpty(env) };
  const litellm = flags.litellmConfig === undefined ? undefined : await readLitellm(flags.litellmConfig, all);
  const baseUrl = flags.baseUrl ?? surroundings.LITELLM_PROXY_URL ?? user.baseUrl;
  const apiKey =
    flags.apiKeyFile === undefined
      ? (surroundings.LITELLM_PROXY_API_KEY ?? surroundings.LITELLM_MASTER_KEY ?? user.apiKey ?? litellm?.apiKey)
      : await readSecret(flags.apiKeyFile, "--api-key-file", stdin);
  const redis =
    redisFrom(flags, surroundings, user.redisUrl) ?? (litellm && redisFromLitellm(litellm, flags, surroundings));
  const named = flags.redisNamespace ?? user.redisNamespace;
  const redisNamespace = named ?? litellm?.namespace;
  return {
    ...(baseUrl === undefined ? {} : { baseUrl: checkBaseUrl(baseUrl) }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(redis === undefined ? {} : { redis }),
    ...(redisNamespace ? { redisNamespace, ...(named === undefined ? { namespaceFromLitellm: true } : {}) } : {}),
    ...(flags.litellmConfig === undefined ? {} : { litellmConfig: { path: flags.litellmConfig, env: all } }),
    timeoutMs: timeoutFrom(flags.timeout ?? DEFAULT_TIMEOUT),
    output: flags.json ? "json" : parseFormat(flags.output ?? "table"),
    quiet: flags.quiet ?? false,
    yes: flags.yes ?? false,
    dryRun: flags.dryRun ?? false,
    input: flags.input ?? true,
    debug: flags.debug ?? false,
    stateDir: stateDir(env),
  };
}

/** Node's timers take whole milliseconds, at most 24 days. */
const LONGEST_TIMEOUT_MS = 24 * 86_400_000;

function timeoutFrom(text: string): number {
  const ms = Math.round(parseDuration(text, "--timeout"));
  if (ms >= 1 && ms <= LONGEST_TIMEOUT_MS) return ms;
  throw usageError({
    code: "bad-duration",
    message: `--timeout ${text} is no time to wait`,
    hint: "from 1ms to 24d, for example: --timeout 10s",
  });
}

function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw usageError({
      code: "bad-base-url",
      message: "the proxy's address is not an http or https URL",
      hint: "for example: --base-url http://127.0.0.1:4000",
    });
  }
  if (url.username || url.password) {
    throw usageError({
      code: "bad-base-url",
      message: "the proxy's address holds a user or password",
      hint: "give the key by --api-key-file or LITELLM_PROXY_API_KEY",
    });
  }
  if (url.search || url.hash) {
    throw usageError({
      code: "bad-base-url",
      message: "the proxy's address holds a ? or #",
      hint: "give the address alone: --base-url http://127.0.0.1:4000",
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

const withoutEmpty = (env: NodeJS.Dict<string>): Words =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));

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
    if (errorCode(error) === "ENOENT") return {};
    throw usageError({
      code: "unreadable-file",
      message: `${path} cannot be read (${errorCode(error)})`,
      hint: "make it readable or remove it",
      cause: error,
    });
  }
  const { parseUserFile } = await import("./user-file.js");
  const user = parseUserFile(text, path);
  const open = (await stat(path)).mode & 0o077;
  if (open && (user.apiKey || user.redisUrl)) warn(`${path} can be read by others; type: chmod 600 ${path}`);
  return user;
}
