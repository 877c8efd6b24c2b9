import type { Reading } from "../counters/read.js";
import type { Evidence } from "../evidence.js";
import type { KeyName } from "../key-name.js";
import type { ReleaseAction } from "../release-action.js";

/** Name of a shape. */
export type ShapeKind = "slots" | "windowed" | "minute";

/** What a proxy reported of an owner; everything may be unknown. */
interface Known {
  /** max_parallel_requests. */
  readonly limit: number | null;
  /** The shape that the proxy's release writes. */
  readonly expected: ShapeKind | null;
}

/** State of a counter. */
export type State = "ok" | "full" | "stuck" | "wrong-type" | "negative" | "orphan";

interface Judgement {
  readonly state: State;
  /** The reason, for a reader. */
  readonly why: string;
}

/** How a LiteLLM release stores its counter of calls in flight. */
export interface Shape {
  readonly kind: ShapeKind;
  /** Recognised by name and TYPE, never by the release alone: after an upgrade old keys remain. */
  recognise(name: KeyName, reading: Reading): boolean;
  /** Slots in use according to Redis; null when the value is no number. */
  held(reading: Reading): number | null;
  /** Age of the oldest slot in milliseconds by Redis TIME; null where the shape does not store it. */
  oldestMs(reading: Reading): number | null;
  /** What one reading shows. A single reading never proves a leak; `why` says what would. */
  judge(name: KeyName, reading: Reading, known: Known): Judgement;
  /**
   * The action that removes exactly what `evidence`, all of it about this key, shows to be leaked; undefined when it
   * covers nothing of what is there now.
   */
  release(name: KeyName, reading: Reading, evidence: readonly Evidence[]): ReleaseAction | undefined;
}

/** The evidence of one kind, if any. */
export const evidenceOf = <K extends Evidence["kind"]>(
  evidence: readonly Evidence[],
  kind: K,
): Extract<Evidence, { kind: K }> | undefined =>
  evidence.find((one): one is Extract<Evidence, { kind: K }> => one.kind === kind);
