import { confounders } from "./confounders/index.js";
import type { CallRecord, ProbeEvent } from "./events.js";
import type { Candidate } from "./findings/candidate.js";
import { falseRejection } from "./findings/false-rejection.js";
import { leak } from "./findings/leak.js";
import { overAdmission, peak } from "./findings/over-admission.js";
import { type Proven, prove } from "./findings/proven.js";
import { slowRelease } from "./findings/slow-release.js";
import { type KnownLimit, limitInForce } from "./limit.js";
import { type Observations, observe, type RunSpec, wasFullBefore } from "./observations.js";
import { detectForeignTraffic } from "./readings/foreign-traffic.js";
import { type RecoveryTime, slowestRecovery } from "./readings/recovery.js";
import type { Doubt, Finding, Verdict } from "./result.js";

/** Everything derived from a run's events, each computed once. */
export interface Analysis {
  /** The limit by which it was judged. */
  readonly limit: KnownLimit;
  readonly verdict: Verdict;
  /**
   * What the run proves that its own calls left behind, certain enough for a repair to act on; null when nothing is.
   */
  readonly proven: Proven | null;
  /** The slowest recovery; null when no round lacked capacity, or the limit is unknown. */
  readonly recovery: RecoveryTime | null;
  /** The largest set of calls that certainly ran at once. */
  readonly peak: readonly CallRecord[];
}

/** Judges a run from its events alone: the same events always give the same analysis. */
export function analyse(facts: RunSpec, events: readonly ProbeEvent[]): Analysis {
  const observations = observe(facts, events);
  const calls = events.filter((event) => event.kind === "call");
  return {
    limit: limitInForce(facts.known, calls),
    verdict: verdictOn(observations),
    proven: provenBy(observations),
    recovery: slowestRecovery(observations),
    peak: peak(calls),
  };
}

/** The verdict alone. */
export const judge = (facts: RunSpec, events: readonly ProbeEvent[]): Verdict => verdictOn(observe(facts, events));

/** The proof alone. */
export const proofOf = (facts: RunSpec, events: readonly ProbeEvent[]): Proven | null =>
  provenBy(observe(facts, events));

function verdictOn(observations: Observations): Verdict {
  const candidates = suspect(observations);
  const suspects = Object.entries(confounders).flatMap(([id, look]) => {
    const found = look(observations, candidates);
    return found ? [{ id, ...found }] : [];
  });
  const explained = (one: Candidate) => suspects.some((suspect) => suspect.explains?.(one));
  const proved = candidates.filter((one) => !explained(one));
  const blocked = candidates.length > 0 || suspects.some(({ blocks }) => blocks);
  const status = proved.length > 0 ? "finding" : blocked ? "inconclusive" : "healthy";
  const shown = proved.length > 0 ? proved : candidates;
  return {
    status,
    findings: shown.map((one) => finding(observations, one)),
    doubts: suspects.map(({ id, text, explains, blocks }): Doubt => {
      const explainsShown = shown.some((one) => explains?.(one));
      return { id, text, explains: explainsShown || (shown.length === 0 && blocks === true) };
    }),
  };
}

function provenBy(observations: Observations): Proven | null {
  if (observations.shared || detectForeignTraffic(observations) !== undefined) return null;
  return prove(observations);
}

function suspect(observations: Observations): Candidate[] {
  const sure = [leak(observations), slowRelease(observations), overAdmission(observations)].filter(
    (one) => one !== undefined,
  );
  const wrong = falseRejection(observations, sure);
  return wrong ? [...sure, wrong] : sure;
}

const finding = (observations: Observations, { kind, proof, evidence }: Candidate): Finding => ({
  kind,
  endpoint: observations.endpoint,
  ending: kind === "leak" && wasFullBefore(observations) ? "before the probe" : observations.ending,
  proof,
  evidence,
});
