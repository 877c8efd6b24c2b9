import type { Candidate } from "../findings/candidate.js";
import type { Observations } from "../observations.js";

/** An explanation other than a broken limiter, which was seen or could not be excluded. */
interface Suspect {
  /** What was seen and what to do about it, for a reader. */
  readonly text: string;
  /** True if it could explain this candidate, which then proves nothing. */
  readonly explains?: (candidate: Candidate) => boolean;
  /** True if a run without findings does not show a healthy limiter because of it. */
  readonly blocks?: boolean;
}

/** Looks for one confounder in a run and its candidates; undefined when it does not apply. */
export type Confounder = (observations: Observations, candidates: readonly Candidate[]) => Suspect | undefined;

/** True for a candidate that rests on missing capacity: another client's slot would look the same. */
export const restsOnCapacity = ({ kind }: Candidate): boolean => kind !== "over-admission";
/** The same, except for slots that only our own calls can have created. */
export const unattributed = (one: Candidate): boolean => restsOnCapacity(one) && one.basis !== "slots";
/** Explains every candidate. */
export const always = (): boolean => true;
