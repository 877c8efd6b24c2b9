import type { Truth } from "./model.js";
import type { Deployment, KeyPlan, Story } from "./scenario.js";

/** The shape that a release writes. */
const SHAPE = { "1.79.1": "windowed", "1.85.7": "windowed", "1.91.5": "windowed", "1.95.0": "slots" } as const;
/** Releases whose limiter admits by the plain name whatever the namespace is. */
const PLAIN: ReadonlySet<string> = new Set(["1.79.1", "1.85.7"]);
/** No call is longer where nobody said otherwise. */
const DEFAULT_LONGEST_S = 600;

/** The shape that the doctor expects; null when nobody told the release. */
export const expectedIn = ({ deployment: { release, releaseTold } }: Story): "slots" | "windowed" | null =>
  releaseTold ? SHAPE[release] : null;

/** The same of one key: what the proxy tells says nothing of a key that is ours only because the operator says so. */
export const expectedOf = ({ knownOurs }: Truth, story: Story): "slots" | "windowed" | null =>
  knownOurs ? expectedIn(story) : null;

export const longestMsIn = ({ longestS }: Story): number => (longestS ?? DEFAULT_LONGEST_S) * 1000;

/** So long a watch has to be before it is evidence of a lock. A doctor that was told only how old a slot may be asks for that much. */
export const enoughMsIn = (story: Story): number => Math.max(longestMsIn(story), story.windowS * 1000);

/**
 * How long a doctor has to have observed a key at least. A window that nobody told is shown by an expiry alone: of a key
 * without one LiteLLM forgets nothing when a window rolls, and a doctor goes by the default.
 */
export const leastMsOf = ({ endless }: Pick<Truth, "endless">, story: Story): number =>
  story.windowTold || !endless ? enoughMsIn(story) : Math.max(longestMsIn(story), Math.min(story.windowS, 60) * 1000);

/** What stands before the name of a key of its deployment. Minute keys always have the namespace. */
export function prefixOf({ whose, plan }: KeyPlan, deployment: Deployment): string {
  const { namespace, namespaceTold, release, theirs, rosterTold } = deployment;
  const ours = namespace === "" || (PLAIN.has(release) && plan.shape !== "minute") ? "" : `${namespace}:`;
  if (whose === "ours") return ours;
  // Who names no namespace says that there is none. Of names that are spelled alike the proxy's list alone tells whose they are.
  const asOurs = theirs === "" ? PLAIN.has(release) || namespaceTold === "not" : theirs === `${namespace}:`;
  const listed = rosterTold && whose === "theirs";
  return (theirs === ours || asOurs) && !listed ? "dev:" : theirs;
}

/** Whether what the doctor was told is enough to know that a key of ours, spelled so, is ours. */
export function isKnownOurs({ whose, plan }: KeyPlan, prefix: string, { deployment }: Story): boolean {
  const { namespace, namespaceTold, release, releaseTold } = deployment;
  const inForce = namespaceTold === "not" || namespace === "" ? "" : `${namespace}:`;
  const plain = prefix === "" && plan.shape !== "minute" && releaseTold && PLAIN.has(release);
  return whose === "ours" && (prefix === inForce || plain);
}
