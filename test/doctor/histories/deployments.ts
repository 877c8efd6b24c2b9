import type { Deployment, KeyPlan, Story } from "./story.js";

/** The shape that a release writes. */
const SHAPE = { "1.79.1": "windowed", "1.85.7": "windowed", "1.91.5": "windowed", "1.95.0": "slots" } as const;
/** Releases whose limiter admits by the plain name whatever the namespace is. */
const PLAIN: ReadonlySet<string> = new Set(["1.79.1", "1.85.7"]);
/** No call is longer where nobody said otherwise. */
const DEFAULT_LONGEST_S = 600;

/** The shape that the doctor expects; null when nobody told the release. */
export const expectedIn = ({ deployment: { release, releaseTold } }: Story): "slots" | "windowed" | null =>
  releaseTold ? SHAPE[release] : null;

export const longestMsIn = ({ longestS }: Story): number => (longestS ?? DEFAULT_LONGEST_S) * 1000;

/** So long a watch has to be before it is evidence of a lock. */
export const enoughMsIn = (story: Story): number => Math.max(longestMsIn(story), story.windowS * 1000);

/** What stands before the name of a key of its deployment. Minute keys always have the namespace. */
export function prefixOf({ whose, plan }: KeyPlan, { namespace, release, theirs, rosterTold }: Deployment): string {
  const ours = namespace === "" || (PLAIN.has(release) && plan.shape !== "minute") ? "" : `${namespace}:`;
  if (whose === "ours") return ours;
  // A plain name of theirs beside plain names of ours is told apart by the proxy's list alone.
  const listed = rosterTold && whose === "theirs" && ours === "";
  const taken = theirs === ours || theirs === `${namespace}:` || (theirs === "" && PLAIN.has(release));
  return taken && !listed ? "dev:" : theirs;
}

/** Nothing of another deployment may be changed. */
export const mayTouch = ({ whose }: KeyPlan): boolean => whose === "ours";

/** Whether what the doctor was told is enough to know that a key is ours. */
export function isReached({ whose }: KeyPlan, _: Story): boolean {
  return whose === "ours";
}
