import { parseCount, parseDuration, parseRate } from "../../config/duration.js";
import { usageError } from "../../errors.js";

/** Flags of a load, as typed. */
export interface LoadFlags {
  rate?: string;
  callers?: string;
  for?: string;
  warmUp?: string;
  pause?: string;
  keepAlive?: boolean;
  /** True when the flag has no value. */
  throughWindow?: string | true;
}

/** Many calls over a period of time. */
export interface Load {
  /** Open loop: calls a second on a schedule, independent of earlier calls; null in a closed loop. */
  readonly perS: number | null;
  /**
   * Closed loop: number of callers, each sending its next call when its last has ended. Null: twice the limit. Not used
   * in an open loop.
   */
  readonly callers: number | null;
  readonly forMs: number;
  /** The most calls in all, those of the warm-up included. */
  readonly calls: number;
  /** How long a rejected caller waits before its next call, in milliseconds. */
  readonly pauseMs: number;
  /** Length in milliseconds of the same load before it, which is not measured. */
  readonly warmUpMs: number;
}

/** A closed loop sends as fast as answers arrive, so it needs a limit of its own. */
const MOST_CALLS = 1000;
const FOR = "10s";
const PAUSE = "250ms";
/**
 * Time after a window, in milliseconds: its end is inside the load wherever the load begins, and rejected callers can
 * try again.
 */
const beyondMs = (windowMs: number): number => Math.max(2000, windowMs / 6);
/**
 * Milliseconds before a rejected caller tries again: a rejection may raise or renew a windowed counter, so a load that
 * waits for the window's end sends few calls.
 */
const WINDOW_PAUSE_MS = 1000;

/**
 * The window whose end the load must cross, in milliseconds: the one that the flag names, else `inForceMs`; null when
 * the flag is absent.
 */
export function readWindow({ throughWindow }: LoadFlags, inForceMs: number): number | null {
  if (throughWindow === undefined) return null;
  return throughWindow === true ? inForceMs : parseDuration(throughWindow, "--through-window");
}

/**
 * Parses the flags of a load; null when none is given. Exit 2 when flags contradict each other. `calls` is the value of
 * -n.
 */
export function readLoad(flags: LoadFlags, calls: number | null, windowMs: number | null): Load | null {
  const { rate, callers } = flags;
  const asked = [
    ...(rate === undefined ? [] : ["--rate"]),
    ...(callers === undefined ? [] : ["--callers"]),
    ...(windowMs === null ? [] : ["--through-window"]),
  ];
  if (asked.length === 0) {
    const lone = (["for", "pause"] as const).find((name) => flags[name] !== undefined);
    if (lone === undefined) return null;
    throw clash(`--${lone} needs --rate or --callers`, "such as --rate 20/s or --callers 8");
  }
  if (asked.length > 1) throw clash(`${asked.join(" and ")} can't be used together`, "give one of them");
  if (rate !== undefined && flags.pause !== undefined) {
    throw clash("--rate sends by a schedule, so nobody pauses", "leave --pause out, or use --callers");
  }
  const forMs = windowMs === null ? parseDuration(flags.for ?? FOR, "--for") : windowMs + beyondMs(windowMs);
  const warmUpMs = flags.warmUp === undefined ? 0 : readWarmUp(flags.warmUp);
  const perS = rate === undefined ? null : parseRate(rate, "--rate");
  const scheduled = perS === null ? MOST_CALLS : Math.ceil((perS * (warmUpMs + forMs)) / 1000);
  return {
    perS,
    callers: callers === undefined ? null : parseCount(callers, "--callers"),
    forMs,
    calls: calls ?? scheduled,
    pauseMs:
      windowMs === null || flags.pause !== undefined ? parseDuration(flags.pause ?? PAUSE, "--pause") : WINDOW_PAUSE_MS,
    warmUpMs,
  };
}

function readWarmUp(text: string): number {
  if (/^\d+$/.test(text)) throw clash("of a load, --warm-up is a time", "write it like --warm-up 2s");
  return parseDuration(text, "--warm-up");
}

const clash = (what: string, hint: string) => usageError({ code: "contradiction", message: what, hint });
