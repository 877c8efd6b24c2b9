import { isRefused, lastAdmittedEnd } from "../calls.js";
import { type Observations, oncePerRun } from "../observations.js";
import { type CapacityReading, elapsedSinceRelease, type Recovery, recoveries } from "../readings/capacity.js";
import { largest } from "../sorted-numbers.js";
import { type Candidate, callEvidence, redisEvidence, seconds } from "./candidate.js";

/** When a round's capacity came back. */
export interface Lag {
  readonly recovery: Recovery;
  /** Capacity was still missing this long after the end of our last call, in milliseconds. */
  readonly fromMs: number;
  /** What showed that; undefined where no recheck found missing capacity. */
  readonly low: CapacityReading | undefined;
  /**
   * How long after the end of our last call capacity was first found missing, in milliseconds; 0 when Redis showed it.
   */
  readonly troubleMs: number;
  /** How long after the end of our last call the full capacity was there, in milliseconds. */
  readonly toMs: number;
}

/**
 * Rounds whose capacity came back, early or late. Calls of rechecks hold slots too, so each recheck counts from the
 * last of them.
 */
export const lags = oncePerRun((observations): readonly Lag[] => {
  const limit = observations.limit.value ?? 0;
  const lastEndBefore = lastAdmittedEnd(observations.calls);
  return recoveries(observations).flatMap((recovery) => {
    const { looks, trouble } = recovery;
    const back = looks.findIndex((one) => one.atLeast >= limit);
    const found = looks[back];
    if (!found) return [];
    const troubleMs = trouble.calls.length > 0 ? trouble.atMs - (lastEndBefore(trouble.atMs) ?? trouble.atMs) : 0;
    const since = ({ atMs }: CapacityReading) => elapsedSinceRelease(recovery, atMs, lastEndBefore);
    const missing = looks.slice(0, back).filter((one) => one.atMost < limit);
    const fromMs = largest(missing.map(since), 0);
    const low = missing.find((one) => since(one) === fromMs);
    return [{ recovery, troubleMs, fromMs, low, toMs: since(found) }];
  });
});

/**
 * Finds slots released too late. The first recheck is due when a slot becomes late: a key that is free then was in
 * time.
 */
export function slowRelease(observations: Observations): Candidate | undefined {
  const slow = lags(observations).filter((lag) => lag.fromMs >= observations.maxLagMs);
  const worst = slow.sort((a, b) => b.fromMs - a.fromMs)[0];
  if (!worst) return undefined;
  const refused = worst.low?.calls.filter(isRefused) ?? [];
  const [from, to] = [seconds(worst.fromMs), seconds(worst.toMs)];
  const when =
    worst.toMs <= worst.fromMs ? `later than ${from}` : from === to ? `about ${from}` : `between ${from} and ${to}`;
  return {
    kind: "slow-release",
    basis: "calls",
    proof: `slots came back ${when} after our calls had ended; more than ${seconds(observations.maxLagMs)} is late`,
    evidence: [
      refused.length > 0
        ? callEvidence(`still refused ${from} after the end`, refused)
        : redisEvidence(`Redis still held slots of ours ${from} after the end`),
    ],
  };
}

/** Rounds in which capacity was missing only for a moment. */
export const earlyLags = (observations: Observations): readonly Lag[] =>
  lags(observations).filter((lag) => lag.fromMs < observations.maxLagMs);
