import type { CounterWrite, EndedCall, Release } from "../release.js";

/** A bug of a proxy, or its absence. */
export interface Defect {
  /** A one-line description. */
  readonly summary: string;
  /** The release that has it. */
  readonly version: string;
  /** What calls write that end differently than in that release; undefined: as in the release. */
  readonly ends?: (call: EndedCall, release: Release) => readonly CounterWrite[] | undefined;
  /** Before the first call of a key, a worker crashed with as many of its calls in flight as the limit allows. */
  readonly crashed?: true;
}
