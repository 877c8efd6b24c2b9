import type { Context } from "../../config/context.js";
import { parseCount, parseDuration } from "../../config/duration.js";
import { usageError } from "../../errors.js";
import type { DoctorFlags, DoctorOptions } from "../options.js";

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
  if (everyMs < SHORTEST_MS) throw usageError("bad-every", `--every ${every} is too often`, "use 1s or more");
  if (settings.output === "markdown" || settings.output === "html") {
    throw usageError("bad-output", `--watch cannot print ${settings.output}`, "use --output ndjson or csv, or none");
  }
  if (options.idle) {
    throw usageError(
      "idle-watch",
      "--idle is said of one moment, and a watch goes on",
      "leave it out; --older-than 15m frees slots by their age",
    );
  }
  if (options.fix) checkConsent(settings.yes || settings.dryRun);
  if (metricsHost !== undefined && metricsPort === undefined) {
    throw usageError("no-metrics-port", "--metrics-host needs a port", "add --metrics-port 9464");
  }
  return {
    everyMs,
    acts: options.fix && !settings.dryRun,
    metrics: metricsPort === undefined ? null : { host: metricsHost ?? "127.0.0.1", port: portFrom(metricsPort) },
    maxRepairs: Math.min(options.maxRepairs, flags.maxRepairs === undefined ? USUAL_MOST : Number.POSITIVE_INFINITY),
  };
}

/** There is no terminal to ask on. What is dead needs no word: a counter is observed for as long as the longest call. */
function checkConsent(consent: boolean): void {
  if (!consent) {
    throw usageError(
      "watch-needs-yes",
      "--watch --fix never asks",
      "add --yes; or look first, without --fix or with --dry-run",
    );
  }
}

function portFrom(text: string): number {
  const port = parseCount(text, "--metrics-port", 0);
  if (port <= LAST_PORT) return port;
  throw usageError("bad-port", `--metrics-port ${text} is no port`, "from 1 to 65535, or 0 for any free one");
}

/** Exit 2 when a flag of `--watch` was given without it. */
export function refuseWithoutWatch(flags: DoctorFlags): void {
  const given = flags.every !== undefined ? "--every" : flags.metricsPort !== undefined ? "--metrics-port" : undefined;
  const flag = given ?? (flags.metricsHost !== undefined ? "--metrics-host" : undefined);
  if (flag) throw usageError("no-watch", `${flag} belongs to a watch`, `add --watch, or leave out ${flag}`);
}
