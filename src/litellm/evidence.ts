import type { SinceWatch } from "./act.js";

/** Why something in Redis may be called left behind. Without one of these there is no repair. */
export type Evidence = Proven | Idle | Locked | Aged | Impossible;
export type EvidenceKind = Evidence["kind"];

/** A recorded probe run watched these slots, or this rise of the counter, appear and stay after its calls had ended. */
interface Proven {
  readonly kind: "proven";
  /** Name of the run. */
  readonly run: string;
  /** Members of a sorted set. */
  readonly slots: readonly string[];
  /** Of a counter: by how much it rose and stayed; 0 for a sorted set. */
  readonly rise: number;
}

/** Nothing runs on the key: the operator said so, or the only worker did. */
interface Idle {
  readonly kind: "idle";
  readonly saidBy: "operator" | "worker";
}

/** Observed for longer than any call takes: it never fell, with attempts or without an expiry, and no call succeeded. */
export interface Locked {
  readonly kind: "locked";
  /** Null when it is not known. */
  readonly limit: number | null;
  readonly watchedMs: number;
  /** No call takes longer than this, ms: the operator's word, or the default. */
  readonly longestCallMs: number;
  /** The lowest value seen. */
  readonly lowest: number;
  /** Calls that were tried meanwhile, as far as the rate counters show. */
  readonly attempts: number;
  /** What must still hold when it is acted on. */
  readonly since: SinceWatch;
}

/** Older by Redis TIME than the age which the operator named. */
interface Aged {
  readonly kind: "aged";
  readonly olderThanMs: number;
}

/** No live call can look like this. */
export interface Impossible {
  readonly kind: "impossible";
  readonly why: string;
}

/** Strongest first. */
export const STRENGTH: readonly EvidenceKind[] = ["proven", "idle", "locked", "aged", "impossible"];
