import { lastAdmittedEnd } from "../calls.js";
import { lags } from "../findings/slow-release.js";
import type { Observations } from "../observations.js";
import { elapsedSinceRelease, recoveries } from "./capacity.js";

/** How long the missing capacity of a round took to come back. */
export interface RecoveryTime {
  readonly round: number;
  /** The full capacity came back during the run. */
  readonly recovered: boolean;
  /** Milliseconds after our last call before it at which capacity was still missing. */
  readonly fromMs: number;
  /** Milliseconds at which the full capacity was there; null when it never was. */
  readonly toMs: number | null;
}

/** The slowest recovery of a run; null when no round lacked capacity, or the limit is unknown. */
export function slowestRecovery(observations: Observations): RecoveryTime | null {
  const limit = observations.limit.value ?? 0;
  const back = lags(observations);
  const never = recoveries(observations).find(({ round }) => !back.some((lag) => lag.recovery.round === round));
  if (never) {
    const low = [never.trouble, ...never.looks].findLast((one) => one.atMost < limit);
    const atMs = low?.atMs ?? never.endMs;
    const fromMs = Math.max(0, elapsedSinceRelease(never, atMs, lastAdmittedEnd(observations.calls)));
    return { round: never.round, recovered: false, fromMs, toMs: null };
  }
  const slowest = back.reduce<(typeof back)[number] | undefined>(
    (worst, lag) => (worst === undefined || lag.toMs > worst.toMs ? lag : worst),
    undefined,
  );
  return slowest
    ? { round: slowest.recovery.round, recovered: true, fromMs: slowest.fromMs, toMs: slowest.toMs }
    : null;
}
