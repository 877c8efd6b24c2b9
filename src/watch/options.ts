import type { Context } from "../config/context.js";
import { parseCount, parseDuration } from "../config/duration.js";
import type { DoctorOptions } from "../diagnose/options.js";
import type { DoctorFlags } from "../doctor/options.js";
import { usageError } from "../errors.js";

export interface ReconcileOptions {
  readonly everyMs: number;
  /** Whether repairs are made; a watch that only reads takes no lock. */
  readonly acts: boolean;
  /** Where metrics are served; null: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  /** Repairs of one tick at most. */
  readonly maxRepairs: number;
}

const EVERY = "30s";
const SHORTEST_MS = 1000;
/** Five seconds of the usual pace: a tick is over before the next is due. */
const USUAL_MOST = 1000;
const LAST_PORT = 65_535;

/** Reads what belongs to `--watch`; whatever could not go on unattended is exit 2. */
export function readReconcileOptions(
  { settings }: Context,
  flags: DoctorFlags,
  options: DoctorOptions,
): ReconcileOptions {
  const { every = EVERY, metricsPort, metricsHost } = flags;
  const everyMs = parseDuration(every, "--every");
  if (everyMs < SHORTEST_MS)
    throw usageError({ code: "bad-every", message: `--every ${every} is too often`, hint: "use 1s or more" });
  if (settings.output === "markdown" || settings.output === "html") {
    throw usageError({
      code: "bad-output",
      message: `--watch cannot print ${settings.output}`,
      hint: "use --output ndjson or csv, or none",
    });
  }
  if (options.idle) {
    throw usageError({
      code: "idle-watch",
      message: "--idle is said of one moment, and a watch goes on",
      hint: "leave it out; --older-than 15m frees slots by their age",
    });
  }
  if (options.fix) checkConsent(settings.yes || settings.dryRun);
  if (metricsHost !== undefined && metricsPort === undefined) {
    throw usageError({
      code: "no-metrics-port",
      message: "--metrics-host needs a port",
      hint: "add --metrics-port 9464",
    });
  }
  return {
    everyMs,
    acts: options.fix && !settings.dryRun,
    metrics: metricsPort === undefined ? null : { host: metricsHost ?? "127.0.0.1", port: portFrom(metricsPort) },
    maxRepairs: Math.min(options.maxRepairs, flags.maxRepairs === undefined ? USUAL_MOST : Number.POSITIVE_INFINITY),
  };
}

/**
 * There is no terminal to ask on. What is dead needs no word: a counter is observed for as long as the longest call.
 */
function checkConsent(consent: boolean): void {
  if (!consent) {
    throw usageError({
      code: "watch-needs-yes",
      message: "--watch --fix never asks",
      hint: "add --yes; or look first, without --fix or with --dry-run",
    });
  }
}

function portFrom(text: string): number {
  const port = parseCount(text, "--metrics-port", 0);
  if (port <= LAST_PORT) return port;
  throw usageError({
    code: "bad-port",
    message: `--metrics-port ${text} is no port`,
    hint: "from 1 to 65535, or 0 for any free one",
  });
}

/** Exit 2 when a flag of `--watch` was given without it. */
export function refuseWithoutWatch(flags: DoctorFlags): void {
  const given = flags.every !== undefined ? "--every" : flags.metricsPort !== undefined ? "--metrics-port" : undefined;
  const flag = given ?? (flags.metricsHost !== undefined ? "--metrics-host" : undefined);
  if (flag)
    throw usageError({
      code: "no-watch",
      message: `${flag} belongs to a watch`,
      hint: `add --watch, or leave out ${flag}`,
    });
}
