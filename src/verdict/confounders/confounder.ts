import type { Candidate } from "../candidate.js";
import type { Observations } from "../observations.js";

/** Something other than a broken limiter that was seen, or could not be ruled out. */
interface Suspect {
  /** What was seen and what to do about it, for a person. */
  readonly text: string;
  /** It could be the reason of this suspicion, which then proves nothing. */
  readonly explains?: (suspicion: Candidate) => boolean;
  /** Because of it a run without findings does not show a healthy limiter. */
  readonly blocks?: boolean;
}

/** Looks for one confounder; undefined when it does not apply. */
export type Confounder = (story: Observations, suspicions: readonly Candidate[]) => Suspect | undefined;

/** Whatever rests on room that was missing: a slot of somebody else would look the same. */
export const restsOnCapacity = ({ kind }: Candidate): boolean => kind !== "over-admission";
/** The same, but for slots that only our own calls can have made. */
export const unattributed = (one: Candidate): boolean => restsOnCapacity(one) && one.basis !== "slots";
export const always = (): boolean => true;
