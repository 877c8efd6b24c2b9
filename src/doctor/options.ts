import type { Context } from "../config/context.js";
import { parseCount, parseDuration } from "../config/duration.js";
import { readSecret } from "../config/secret.js";
import { usageError } from "../errors.js";
import type { RefreshFlags } from "./refresh/flags.js";

/** The flags as commander gives them. */
export interface DoctorFlags extends RefreshFlags {
  fix?: boolean;
  throughProxy?: boolean;
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
  /** The model of doctor's own call with that key. */
  readonly model: string | undefined;
  /** Ids of checks and repairs; empty means all. */
  readonly only: readonly string[];
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
    model: flags.model,
    only: (flags.only ?? "")
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== ""),
  };
}

/** A bare number is refused here: 15 meant as minutes and taken for seconds would free calls that are alive. */
function parseAge(text: string): number {
  if (/^[\d.\s]+$/.test(text)) {
    throw usageError("bad-duration", `--older-than ${text} has no unit`, `write it like --older-than ${text.trim()}m`);
  }
  return parseDuration(text, "--older-than");
}
