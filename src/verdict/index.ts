import { confounders } from "./confounders/index.js";
import { falseRejection } from "./false-rejection.js";
import { foreignSign } from "./foreign.js";
import type { ProbeEvent } from "./history.js";
import { leak } from "./leak.js";
import { overAdmission } from "./over-admission.js";
import { type Proven, prove } from "./proven.js";
import type { Doubt, Finding, Verdict } from "./result.js";
import { slowRelease } from "./slow-release.js";
import { type Case, type Story, tell, wasFullBefore } from "./story.js";
import type { Suspicion } from "./suspicion.js";

/** Judges a run from what it saw, and nothing else: the same events always give the same verdict. */
export function judge(facts: Case, events: readonly ProbeEvent[]): Verdict {
  const story = tell(facts, events);
  const suspicions = suspect(story);
  const suspects = Object.entries(confounders).flatMap(([id, look]) => {
    const found = look(story, suspicions);
    return found ? [{ id, ...found }] : [];
  });
  const explained = (one: Suspicion) => suspects.some((suspect) => suspect.explains?.(one));
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

/** What the run proves to be left behind by its own calls, so surely that a repair may act on it; null when nothing is that sure. */
export function proofOf(facts: Case, events: readonly ProbeEvent[]): Proven | null {
  const story = tell(facts, events);
  if (story.shared || foreignSign(story) !== undefined) return null;
  return prove(story);
}

function suspect(story: Story): Suspicion[] {
  const sure = [leak(story), slowRelease(story), overAdmission(story)].filter((one) => one !== undefined);
  const wrong = falseRejection(story, sure);
  return wrong ? [...sure, wrong] : sure;
}

const finding = (story: Story, { kind, proof, evidence }: Suspicion): Finding => ({
  kind,
  endpoint: story.endpoint,
  ending: kind === "leak" && wasFullBefore(story) ? "before the probe" : story.ending,
  proof,
  evidence,
});
