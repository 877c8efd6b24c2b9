import { parseCount, parseDuration, parseShare } from "../config/duration.js";
import { usageError } from "../errors.js";
import { DEFAULT_WINDOW_MS } from "../litellm/window.js";
import type { AbortAfter, CallLimits } from "../llm/encode-request.js";
import { type Load, type LoadFlags, readLoad, readWindow } from "./load/options.js";

/** Flags of `llmctl probe`, as typed. */
export interface ProbeFlags extends LoadFlags {
  keyFile?: string;
  /** False with `--no-key`. */
  key?: boolean;
  tempKey?: boolean;
  mpr?: string;
  rpm?: string;
  n?: string;
  c?: string;
  sequential?: boolean;
  rounds: string;
  stream?: boolean;
  abortAfter?: string;
  model?: string;
  prompt?: string;
  maxTokens: string;
  limit?: string;
  maxLag: string;
  settle: string;
  untilRecovered?: string;
  bail?: string;
  maxTime: string;
  connectTimeout: string;
  firstByteTimeout: string;
  callTimeout: string;
  shared?: boolean;
  exclusive?: boolean;
  matrix?: boolean;
  jobs?: string;
  only?: string;
  skip?: string;
  scripted?: boolean;
}

/** The defaults of a probe, as `--help` shows them. */
export const PROBE_DEFAULTS = {
  ...{ rounds: "1", maxTokens: "16", maxLag: "2s", settle: "24s", maxTime: "5m" },
  ...{ connectTimeout: "10s", firstByteTimeout: "60s", callTimeout: "2m" },
} satisfies ProbeFlags;

/** The parsed flags, before anything is known of the key. */
export interface ProbeOptions {
  /** All calls of the plan's rounds together; null: as many as the plan needs. */
  readonly calls: number | null;
  /** Size of the burst; null: one more than the limit. */
  readonly burst: number | null;
  readonly sequential: boolean;
  /** Unmeasured sequential calls before the measured ones. */
  readonly warmUp: number;
  /** A load that replaces the sequential calls. */
  readonly load: Load | null;
  /** The limiter's window in milliseconds if the load must cross its end; otherwise null. */
  readonly windowMs: number | null;
  /** Calls reuse connections instead of opening one each. */
  readonly keepAlive: boolean;
  readonly rounds: number;
  readonly stream: boolean;
  readonly leave: AbortAfter | null;
  /** How the calls end, in words. */
  readonly ending: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly maxLagMs: number;
  readonly settleMs: number;
  /** The run ends when more than this share of its calls failed, from 0 to 1; null: never. */
  readonly bail: number | null;
  readonly maxTimeMs: number;
  readonly limits: CallLimits;
  readonly shared: boolean;
  readonly exclusive: boolean;
}

/** A load's last calls end after it, and a burst follows. */
const SPARE = 1.1;

const PROMPT = "Answer in one short sentence: why is the sky blue?";

/**
 * Parses the flags; an invalid value is exit 2 that names its flag. `inForceMs`: LiteLLM's window in milliseconds, as
 * far as its settings are known.
 */
export function parseProbeOptions(flags: ProbeFlags, inForceMs = DEFAULT_WINDOW_MS): ProbeOptions {
  const leave = flags.abortAfter === undefined ? null : readLeave(flags.abortAfter);
  const calls = flags.n === undefined ? null : parseCount(flags.n, "-n");
  const windowMs = readWindow(flags, inForceMs);
  const load = readLoad(flags, calls, windowMs);
  const options: ProbeOptions = {
    calls,
    burst: flags.c === undefined ? null : parseCount(flags.c, "-c"),
    sequential: flags.sequential ?? false,
    warmUp: load === null && flags.warmUp !== undefined ? parseCount(flags.warmUp, "--warm-up") : 0,
    load,
    windowMs,
    keepAlive: flags.keepAlive ?? false,
    rounds: parseCount(flags.rounds, "--rounds"),
    // Content events exist only in streams, and overlap is visible only between the first and the last byte of one.
    stream: (flags.stream ?? false) || (leave !== null && "events" in leave) || windowMs !== null,
    leave,
    ending: describeEnding(leave),
    prompt: flags.prompt ?? PROMPT,
    maxTokens: parseCount(flags.maxTokens, "--max-tokens"),
    maxLagMs: parseDuration(flags.maxLag, "--max-lag"),
    settleMs:
      flags.untilRecovered === undefined
        ? parseDuration(flags.settle, "--settle")
        : parseDuration(flags.untilRecovered, "--until-recovered"),
    bail: flags.bail === undefined ? null : parseShare(flags.bail, "--bail"),
    maxTimeMs: parseDuration(flags.maxTime, "--max-time"),
    limits: {
      connectMs: parseDuration(flags.connectTimeout, "--connect-timeout"),
      firstByteMs: parseDuration(flags.firstByteTimeout, "--first-byte-timeout"),
      totalMs: parseDuration(flags.callTimeout, "--call-timeout"),
    },
    shared: flags.shared ?? false,
    exclusive: flags.exclusive ?? false,
  };
  const alone = flags.matrix ? undefined : (["only", "skip", "scripted"] as const).find((name) => flags[name]);
  if (alone !== undefined) {
    throw usageError({
      code: "contradiction",
      message: `--${alone} is for the cells of a matrix`,
      hint: "leave it out, or add --matrix",
    });
  }
  for (const problem of contradictions(options)) throw problem;
  return options;
}

function* contradictions(options: ProbeOptions) {
  const { calls, burst, sequential, rounds, maxLagMs, settleMs, maxTimeMs, load } = options;
  const clash = (what: string, hint: string) => usageError({ code: "contradiction", message: what, hint });
  if (options.shared && options.exclusive)
    yield clash("--shared and --exclusive can't be used together", "give one of them");
  if (sequential && burst !== null) yield clash("--sequential makes no burst, and -c is its size", "give one of them");
  if (load !== null && rounds > 1)
    yield clash("a load is one round, and --rounds asks for more", "leave --rounds out, and raise --for");
  if (load !== null && (load.warmUpMs + load.forMs) * SPARE + settleMs > maxTimeMs)
    yield clash("--for and --settle do not fit into --max-time", "raise --max-time, such as --max-time 10m");
  if (calls !== null && calls < rounds)
    yield clash(`-n ${calls} is less than one call a round`, "raise -n or lower --rounds");
  if (settleMs < maxLagMs)
    yield clash(
      "--settle (or --until-recovered) is shorter than --max-lag",
      "a slot is late after --max-lag, and lost after --settle",
    );
  if (settleMs >= maxTimeMs)
    yield clash("--settle (or --until-recovered) leaves no time for calls within --max-time", "raise --max-time");
}

function readLeave(text: string): AbortAfter {
  if (/^\d+$/.test(text)) return { events: parseCount(text, "--abort-after") };
  return { ms: parseDuration(text, "--abort-after") };
}

/** Describes how the calls end. */
export function describeEnding(leave: AbortAfter | null): string {
  if (leave === null) return "completed";
  return "events" in leave ? `aborted after ${leave.events} content events` : `aborted after ${leave.ms} ms`;
}
