import type { CounterWrite, EndedCall, Release } from "../release.js";

/** One way for a proxy to be sick, or not to be. */
export interface Defect {
  /** One line for people. */
  readonly summary: string;
  /** The release that has it. */
  readonly version: string;
  /** Calls that end otherwise than in that release; undefined = as there. */
  readonly ends?: (call: EndedCall, release: Release) => readonly CounterWrite[] | undefined;
  /** Before the first call of a key, a worker has died with as many of its calls in flight as the limit allows. */
  readonly crashed?: true;
}
