import type { Reading } from "../litellm/counters/read.js";
import type { KeyName } from "../litellm/key-name.js";
import { shortHash } from "../litellm/owner.js";
import type { ShapeKind, State } from "../litellm/shapes/shape.js";
import type { ProvenByRuns } from "./evidence/run-proofs.js";
import type { SampleSummary } from "./sampling/summary.js";

/** One counter of calls in flight, with all that is known of it. */
export interface Counter {
  readonly name: KeyName;
  readonly reading: Reading;
  /** Null when its type is none that LiteLLM writes there: such a key is never touched. */
  readonly shape: ShapeKind | null;
  readonly alias: string | null;
  /** max_parallel_requests; null when nobody told, or the key has none. */
  readonly limit: number | null;
  readonly limitFrom: "proxy" | "flag" | "run" | null;
  /** Whether the key has a tokens-a-minute limit; null when nobody told. */
  readonly tokenLimited: boolean | null;
  readonly held: number | null;
  /** What one look says. */
  readonly state: State;
  readonly why: string;
  /** Why the proxy no longer admits by this spelling of the name. */
  readonly orphan: string | undefined;
  /**
   * Why it is not the examined deployment's, as the end of "not yours: …"; null when it is. Such a counter is never
   * repaired.
   */
  readonly notOurs: string | null;
  /** It counts as ours only because the operator named it: what the proxy tells of itself says nothing of it. */
  readonly onlyNamed: boolean;
  readonly proven: ProvenByRuns | null;
  /** What the watch showed; null when it was not watched. */
  readonly samples: SampleSummary | null;
}

/** What is known of all counters alike. */
export interface CounterContext {
  /** The shape that the proxy's release writes; null when nobody told. */
  readonly expected: ShapeKind | null;
  /** Who says that nothing runs; null when nobody does. */
  readonly idle: "operator" | "worker" | null;
  readonly olderThanMs: number | null;
  /** LiteLLM's rate-limit window in force, in ms. */
  readonly windowMs: number;
  /** No call takes longer than this, in ms: a shorter observation does not tell a lock from calls in flight. */
  readonly longestCallMs: number;
  /** Whether what a recorded run proves is the only evidence that counts. */
  readonly provenOnly?: boolean;
}

/** How a person knows the key. */
export const counterLabel = ({ alias, name }: Pick<Counter, "alias" | "name">): string =>
  `${name.namespace ? `${name.namespace}: ` : ""}${alias ?? shortHash(name.owner.id)}`;
