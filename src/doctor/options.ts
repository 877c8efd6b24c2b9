import type { Context } from "../config/context.js";
import { parseCount, parseDuration, parseRate } from "../config/duration.js";
import { describeRedis } from "../config/redis-url.js";
import { readSecret } from "../config/secret.js";
import { runToRepair } from "../diagnose/evidence/run-selector.js";
import type { DoctorOptions } from "../diagnose/options.js";
import { usageError } from "../errors.js";
import { windowFromEnvironment } from "../litellm/window.js";
import { DEFAULT_REPAIRS_PER_SECOND } from "../repair/throttle.js";
import { formatDuration } from "../terminal/duration.js";
import type { RefreshFlags } from "./worker-caches/flags.js";

/** The flags as commander gives them. */
export interface DoctorFlags extends RefreshFlags {
  fix?: boolean;
  throughProxy?: boolean;
  olderThan?: string;
  idle?: boolean;
  observe?: string;
  /** A time. */
  longestCall?: string;
  /** False with --no-runs. */
  runs?: boolean;
  limit?: string;
  workers?: string;
  key?: string;
  allNamespaces?: boolean;
  keyFile?: string;
  only?: string;
  /** Id, path or `last`. */
  fromRun?: string;
  maxRepairs?: string;
  /** `50/s`. */
  pace?: string;
  watch?: boolean;
  /** A time. */
  every?: string;
  metricsPort?: string;
  metricsHost?: string;
  skip?: string;
  list?: boolean;
  canary?: boolean;
  tryKey?: boolean;
  model?: string;
  litellmVersion?: string;
}

/** A window of LiteLLM and some seconds. */
const OBSERVE = "65s";
/**
 * So much longer than the longest call counters are observed: the first look may see one that is just being refused.
 */
const MARGIN_MS = 5000;

/** Reads flags; anything that cannot be understood is exit 2. */
export async function readOptions(context: Context, flags: DoctorFlags): Promise<DoctorOptions> {
  const { env, terminal } = context;
  const { keyFile, olderThan, limit, workers, maxRepairs } = flags;
  const secret = keyFile === undefined ? undefined : await readSecret(keyFile, "--key-file", terminal.stdin);
  terminal.secrets.learn(secret);
  return {
    fix: flags.fix ?? false,
    olderThanMs: olderThan === undefined ? null : parseAge(olderThan, "--older-than"),
    idle: flags.idle ?? false,
    ...readObservation(env, flags),
    runs: flags.runs ?? true,
    limit: limit === undefined ? null : parseCount(limit, "--limit"),
    workers: workers === undefined ? null : parseCount(workers, "--workers"),
    reference: flags.key,
    secret,
    allNamespaces: flags.allNamespaces ?? false,
    model: flags.model,
    only: readWords(flags.only),
    skip: readWords(flags.skip),
    canary: flags.canary ?? false,
    tryKey: flags.tryKey ?? false,
    litellmVersion: flags.litellmVersion === undefined ? null : parseVersion(flags.litellmVersion),
    fromRun: await readFromRun(context, flags, secret),
    maxRepairs: maxRepairs === undefined ? Number.POSITIVE_INFINITY : parseCount(maxRepairs, "--max-repairs"),
    pace: flags.pace === undefined ? DEFAULT_REPAIRS_PER_SECOND : parseRate(flags.pace, "--pace"),
  };
}

/** With --from-run that run is the evidence, so nothing that would add to it may stand beside it. */
async function readFromRun({ settings }: Context, flags: DoctorFlags, secret: string | undefined) {
  if (flags.fromRun === undefined) return null;
  const also =
    flags.olderThan !== undefined
      ? "--older-than"
      : flags.idle
        ? "--idle"
        : flags.runs === false
          ? "--no-runs"
          : undefined;
  if (also !== undefined) {
    throw usageError({
      code: "two-evidences",
      message: `--from-run repairs what that run proved and nothing else, so ${also} cannot stand beside it`,
      hint: `leave one of them out`,
    });
  }
  const { redis, stateDir } = settings;
  const address = redis && describeRedis(redis);
  return runToRepair({ word: flags.fromRun, stateDir, address, secret });
}

export const readWords = (text = ""): string[] =>
  text
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");

function parseVersion(text: string): string {
  if (/^v?\d+\.\d+(\.\d+)?/.test(text)) return text.replace(/^v/, "");
  throw usageError({
    code: "bad-version",
    message: `--litellm-version ${text} is no release of LiteLLM`,
    hint: "for example: --litellm-version 1.95.0",
  });
}

/** A longest call that was named has to be observed for that long, so a shorter --observe beside it is exit 2. */
function readObservation(env: NodeJS.ProcessEnv, { observe, longestCall }: DoctorFlags) {
  const windowMs = windowFromEnvironment(env);
  const observeMs = parseDuration(observe ?? OBSERVE, "--observe");
  if (longestCall === undefined) return { observeMs, longestCallMs: null, windowMs };
  const longestCallMs = parseAge(longestCall, "--longest-call");
  const neededMs = Math.max(longestCallMs, windowMs);
  if (observe === undefined) return { observeMs: Math.max(observeMs, neededMs + MARGIN_MS), longestCallMs, windowMs };
  if (observeMs >= neededMs) return { observeMs, longestCallMs, windowMs };
  throw usageError({
    code: "contradiction",
    message: `--observe ${observe} is too short to prove anything: calls take up to ${longestCall}, and a window ${formatDuration(windowMs)}`,
    hint: "leave out --observe: it is as long as --longest-call needs",
  });
}

/** A bare number is refused here: 15 meant as minutes and taken for seconds would free calls that are alive. */
function parseAge(text: string, flag: string): number {
  if (/^[\d.\s]+$/.test(text)) {
    throw usageError({
      code: "bad-duration",
      message: `${flag} ${text} has no unit`,
      hint: `write it like ${flag} ${text.trim()}m`,
    });
  }
  return parseDuration(text, flag);
}
