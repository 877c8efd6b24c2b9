import type { SinceWatch } from "./release-action.js";

/** Why a slot or count in Redis counts as leaked. There is no repair without such evidence. */
export type Evidence = Proven | Idle | Locked | Aged | Impossible;
/** Kind of evidence. */
export type EvidenceKind = Evidence["kind"];

/** A recorded run saw these slots, or this rise of the counter, appear and stay after its calls had ended. */
interface Proven {
  readonly kind: "proven";
  /** Name of the run. */
  readonly run: string;
  /** Members of a sorted set. */
  readonly slots: readonly string[];
  /** For a counter: by how much it rose and stayed; 0 for a sorted set. */
  readonly rise: number;
}

/** Nothing uses the key: the operator said so, or the only worker reported it. */
interface Idle {
  readonly kind: "idle";
  readonly saidBy: "operator" | "worker";
}

/**
 * Observed for longer than any call takes: it never fell, with attempts or without an expiry, and no call succeeded.
 */
export interface Locked {
  readonly kind: "locked";
  /** Null when unknown. */
  readonly limit: number | null;
  readonly watchedMs: number;
  /** The longest duration of a call in milliseconds, from the operator or the default. */
  readonly longestCallMs: number;
  /** The lowest value observed. */
  readonly lowest: number;
  /** Attempts meanwhile, as far as the rate counters show. */
  readonly attempts: number;
  /** What must still hold when the repair acts. */
  readonly since: SinceWatch;
}

/** Older by Redis TIME than the age that the operator gave. */
interface Aged {
  readonly kind: "aged";
  readonly olderThanMs: number;
}

/** No live call can look like this. */
export interface Impossible {
  readonly kind: "impossible";
  readonly why: string;
}

/** Kinds of evidence, strongest first. */
export const STRENGTH: readonly EvidenceKind[] = ["proven", "idle", "locked", "aged", "impossible"];
