import { parseCount, parseDuration } from "../config/duration.js";
import { usageError } from "../errors.js";
import type { CallLimits, Leave } from "./call.js";

export interface ProbeFlags {
  keyFile?: string;
  /** False: `--no-key`. */
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
  maxTime: string;
  connectTimeout: string;
  firstByteTimeout: string;
  callTimeout: string;
  shared?: boolean;
  exclusive?: boolean;
  matrix?: boolean;
  only?: string;
  skip?: string;
  scripted?: boolean;
}

/** What the flags ask for, before anything is known of the key. */
export interface Wish {
  /** All calls of the plan's rounds together; null: as many as it takes. */
  readonly calls: number | null;
  /** Size of the burst; null: one more than the limit. */
  readonly burst: number | null;
  readonly sequential: boolean;
  readonly rounds: number;
  readonly stream: boolean;
  readonly leave: Leave | null;
  /** How the calls are ended, in words. */
  readonly ending: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly maxLagMs: number;
  readonly settleMs: number;
  readonly maxTimeMs: number;
  readonly limits: CallLimits;
  readonly shared: boolean;
  readonly exclusive: boolean;
}

const PROMPT = "Answer in one short sentence: why is the sky blue?";

/** Reads the flags; a wrong word is exit 2 that names its flag. */
export function readWish(flags: ProbeFlags): Wish {
  const leave = flags.abortAfter === undefined ? null : readLeave(flags.abortAfter);
  const wish: Wish = {
    calls: flags.n === undefined ? null : parseCount(flags.n, "-n"),
    burst: flags.c === undefined ? null : parseCount(flags.c, "-c"),
    sequential: flags.sequential ?? false,
    rounds: parseCount(flags.rounds, "--rounds"),
    // Content events are a thing of streams.
    stream: (flags.stream ?? false) || (leave !== null && "events" in leave),
    leave,
    ending: sayEnding(leave),
    prompt: flags.prompt ?? PROMPT,
    maxTokens: parseCount(flags.maxTokens, "--max-tokens"),
    maxLagMs: parseDuration(flags.maxLag, "--max-lag"),
    settleMs: parseDuration(flags.settle, "--settle"),
    maxTimeMs: parseDuration(flags.maxTime, "--max-time"),
    limits: {
      connectMs: parseDuration(flags.connectTimeout, "--connect-timeout"),
      firstByteMs: parseDuration(flags.firstByteTimeout, "--first-byte-timeout"),
      totalMs: parseDuration(flags.callTimeout, "--call-timeout"),
    },
    shared: flags.shared ?? false,
    exclusive: flags.exclusive ?? false,
  };
  for (const problem of contradictions(wish)) throw problem;
  return wish;
}

function* contradictions(wish: Wish) {
  const { calls, burst, sequential, rounds, maxLagMs, settleMs, maxTimeMs } = wish;
  const clash = (what: string, hint: string) => usageError("contradiction", what, hint);
  if (wish.shared && wish.exclusive) yield clash("--shared and --exclusive contradict each other", "give one of them");
  if (sequential && burst !== null) yield clash("--sequential makes no burst, and -c is its size", "give one of them");
  if (calls !== null && calls < rounds)
    yield clash(`-n ${calls} is less than one call a round`, "raise -n or lower --rounds");
  if (settleMs < maxLagMs)
    yield clash("--settle is shorter than --max-lag", "a slot is late after --max-lag, and lost after --settle");
  if (settleMs >= maxTimeMs) yield clash("--settle leaves no time for calls within --max-time", "raise --max-time");
}

function readLeave(text: string): Leave {
  if (/^\d+$/.test(text)) return { events: parseCount(text, "--abort-after") };
  return { ms: parseDuration(text, "--abort-after") };
}

/** How the calls are ended, in words. */
export function sayEnding(leave: Leave | null): string {
  if (leave === null) return "completed";
  return "events" in leave ? `aborted after ${leave.events} content events` : `aborted after ${leave.ms} ms`;
}

/** What is sent in each round once the limit is known. */
export interface Plan {
  /** Calls one after another. */
  readonly sequence: number;
  /** Calls at once after them. */
  readonly burst: number;
}

/** Calls after which a limit that nobody told is given up. */
export const SEARCH = 20;
/** With Redis at hand each leaked slot is seen, so a few calls are enough. */
const ENOUGH_WITH_REDIS = 3;

/** The plan for a limit; while it is not known, a search for it, and a burst only of a size that was asked for. */
export function planFor(wish: Wish, limit: number | null, redis: boolean): Plan {
  const each = wish.calls === null ? null : Math.floor(wish.calls / wish.rounds);
  if (limit === null) {
    const burst = wish.sequential ? 0 : Math.min(wish.burst ?? 0, each ?? Number.POSITIVE_INFINITY);
    return { sequence: Math.min(each === null ? SEARCH : each - burst, SEARCH), burst };
  }
  const enough = redis ? Math.min(ENOUGH_WITH_REDIS, limit + 1) : limit + 1;
  if (wish.sequential) return { sequence: each ?? enough, burst: 0 };
  const burst = Math.min(wish.burst ?? limit + 1, each ?? Number.POSITIVE_INFINITY);
  return { sequence: each === null ? enough : each - burst, burst };
}

/** More calls than anybody expects from a look at a limiter: they are asked for, not just made. */
export const isLarge = (wish: Wish, limit: number | null, redis: boolean): boolean =>
  !redis && limit !== null && limit > SEARCH && wish.calls === null;

/** Looks in units of the allowed lag: with 2 s they are at 2, 5, 10, 16 and 24 s. The gaps grow, for each look may itself hold slots for a while. */
const LOOKS = [1, 2.5, 5, 8, 12];

/** When to look again, in milliseconds after the last call, up to the settle time. */
export function looks({ maxLagMs, settleMs }: Pick<Wish, "maxLagMs" | "settleMs">): number[] {
  const times = LOOKS.map((share) => share * maxLagMs);
  for (let at = 18 * maxLagMs; at < settleMs && maxLagMs > 0; at *= 1.5) times.push(at);
  return [...times.filter((at) => at < settleMs), settleMs];
}

/** The most that a run can send: its rounds, and every look that may follow each of them. */
export function mostCalls(wish: Wish, { sequence, burst }: Plan): { planned: number; looks: number; tokens: number } {
  const planned = wish.rounds * (sequence + burst);
  const looking = wish.rounds * looks(wish).length * Math.max(1, burst);
  // A word is taken for two tokens, which English stays below.
  const words = wish.prompt.split(/\s+/).length;
  return { planned, looks: looking, tokens: (planned + looking) * (wish.maxTokens + 2 * words) };
}
