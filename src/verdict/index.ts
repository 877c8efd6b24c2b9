import type { Candidate } from "./candidate.js";
import { confounders } from "./confounders/index.js";
import type { CallRecord, ProbeEvent } from "./events.js";
import { falseRejection } from "./false-rejection.js";
import { detectForeignTraffic } from "./foreign-traffic.js";
import { leak } from "./leak.js";
import { type KnownLimit, limitInForce } from "./limit.js";
import { type Observations, observe, type RunSpec, wasFullBefore } from "./observations.js";
import { overAdmission, peak } from "./over-admission.js";
import { type Proven, prove } from "./proven.js";
import { type RecoveryTime, recoveryOf } from "./recovery.js";
import type { Doubt, Finding, Verdict } from "./result.js";
import { slowRelease } from "./slow-release.js";

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
  const story = observe(facts, events);
  const calls = events.filter((event) => event.kind === "call");
  return {
    limit: limitInForce(facts.known, calls),
    verdict: verdictOn(story),
    proven: provenBy(story),
    recovery: recoveryOf(story),
    peak: peak(calls),
  };
}

/** The verdict alone. */
export const judge = (facts: RunSpec, events: readonly ProbeEvent[]): Verdict => verdictOn(observe(facts, events));

/** The proof alone. */
export const proofOf = (facts: RunSpec, events: readonly ProbeEvent[]): Proven | null =>
  provenBy(observe(facts, events));

function verdictOn(story: Observations): Verdict {
  const suspicions = suspect(story);
  const suspects = Object.entries(confounders).flatMap(([id, look]) => {
    const found = look(story, suspicions);
    return found ? [{ id, ...found }] : [];
  });
  const explained = (one: Candidate) => suspects.some((suspect) => suspect.explains?.(one));
  const proved = suspicions.filter((one) => !explained(one));
  const blocked = suspicions.length > 0 || suspects.some(({ blocks }) => blocks);
  const status = proved.length > 0 ? "finding" : blocked ? "inconclusive" : "healthy";
  const shown = proved.length > 0 ? proved : suspicions;
  return {
    status,
    findings: shown.map((one) => finding(story, one)),
    doubts: suspects.map(({ id, text, explains, blocks }): Doubt => {
      const explainsShown = shown.some((one) => explains?.(one));
      return { id, text, explains: explainsShown || (shown.length === 0 && blocks === true) };
    }),
  };
}

function provenBy(story: Observations): Proven | null {
  if (story.shared || detectForeignTraffic(story) !== undefined) return null;
  return prove(story);
}

function suspect(story: Observations): Candidate[] {
  const sure = [leak(story), slowRelease(story), overAdmission(story)].filter((one) => one !== undefined);
  const wrong = falseRejection(story, sure);
  return wrong ? [...sure, wrong] : sure;
}

const finding = (story: Observations, { kind, proof, evidence }: Candidate): Finding => ({
  kind,
  endpoint: story.endpoint,
  ending: kind === "leak" && wasFullBefore(story) ? "before the probe" : story.ending,
  proof,
  evidence,
});
