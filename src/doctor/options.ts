import type { Context } from "../config/context.js";
import { parseCount, parseDuration } from "../config/duration.js";
import { readSecret } from "../config/secret.js";
import { usageError } from "../errors.js";

/** The flags as commander gives them. */
export interface DoctorFlags {
  fix?: boolean;
  olderThan?: string;
  idle?: boolean;
  observe?: string;
  /** False with --no-runs. */
  runs?: boolean;
  limit?: string;
  workers?: string;
  key?: string;
  keyFile?: string;
  only?: string;
  skip?: string;
  list?: boolean;
  canary?: boolean;
  model?: string;
  litellmVersion?: string;
}

export interface DoctorOptions {
  readonly fix: boolean;
  /** Slots older than this are dead, the operator says; null: age proves nothing. */
  readonly olderThanMs: number | null;
  /** The operator says that nothing runs on the keys. */
  readonly idle: boolean;
  /** How long to watch counters that look locked. */
  readonly observeMs: number;
  /** LiteLLM's rate-limit window; only a watch of a whole one tells long calls from a lock. */
  readonly windowMs: number;
  /** Whether recorded probe runs are evidence. */
  readonly runs: boolean;
  /** The limit of keys that the proxy does not tell of. */
  readonly limit: number | null;
  /** Worker processes of all proxies on this Redis; null when nobody said. */
  readonly workers: number | null;
  readonly reference: string | undefined;
  readonly secret: string | undefined;
  /** Ids of checks, groups and repairs; empty means all. */
  readonly only: readonly string[];
  /** The same, to be left out. */
  readonly skip: readonly string[];
  /** Send one call with the key of `secret`, to see where it is counted. */
  readonly canary: boolean;
  /** The model to call; undefined: the first that fits. */
  readonly model: string | undefined;
  /** The release of LiteLLM, when no proxy tells it. */
  readonly litellmVersion: string | null;
}

/** LiteLLM's own setting, in seconds, when it is in the environment here too. */
const WINDOW = "LITELLM_RATE_LIMIT_WINDOW_SIZE";
const WINDOW_MS = 60_000;

/** Reads flags; anything that cannot be understood is exit 2. */
export async function readOptions({ env, terminal }: Context, flags: DoctorFlags): Promise<DoctorOptions> {
  const { keyFile, olderThan, limit, workers } = flags;
  const secret = keyFile === undefined ? undefined : await readSecret(keyFile, "--key-file", terminal.stdin);
  terminal.secrets.learn(secret);
  return {
    fix: flags.fix ?? false,
    olderThanMs: olderThan === undefined ? null : parseAge(olderThan),
    idle: flags.idle ?? false,
    observeMs: parseDuration(flags.observe ?? "65s", "--observe"),
    windowMs: env[WINDOW] ? parseCount(env[WINDOW], WINDOW) * 1000 : WINDOW_MS,
    runs: flags.runs ?? true,
    limit: limit === undefined ? null : parseCount(limit, "--limit"),
    workers: workers === undefined ? null : parseCount(workers, "--workers"),
    reference: flags.key,
    secret,
    only: readWords(flags.only),
    skip: readWords(flags.skip),
    canary: flags.canary ?? false,
    model: flags.model,
    litellmVersion: flags.litellmVersion === undefined ? null : parseVersion(flags.litellmVersion),
  };
}

export const readWords = (text = ""): string[] =>
  text
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");

function parseVersion(text: string): string {
  if (/^v?\d+\.\d+(\.\d+)?/.test(text)) return text.replace(/^v/, "");
  throw usageError(
    "bad-version",
    `--litellm-version ${text} is no release of LiteLLM`,
    "for example: --litellm-version 1.95.0",
  );
}

/** A bare number is refused here: 15 meant as minutes and taken for seconds would free calls that are alive. */
function parseAge(text: string): number {
  if (/^[\d.\s]+$/.test(text)) {
    throw usageError("bad-duration", `--older-than ${text} has no unit`, `write it like --older-than ${text.trim()}m`);
  }
  return parseDuration(text, "--older-than");
}
