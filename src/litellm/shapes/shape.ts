import type { Reading } from "../counters/read.js";
import type { Evidence } from "../evidence.js";
import type { KeyName } from "../key-name.js";
import type { ReleaseAction } from "../release-action.js";

export type ShapeKind = "slots" | "windowed" | "minute";

/** What a proxy told about an owner; everything may be unknown. */
interface Known {
  /** max_parallel_requests. */
  readonly limit: number | null;
  /** The shape that the proxy's release writes. */
  readonly expected: ShapeKind | null;
}

export type State = "ok" | "full" | "stuck" | "wrong-type" | "negative" | "orphan";

interface Judgement {
  readonly state: State;
  /** In words, for a person. */
  readonly why: string;
}

/** One way in which a LiteLLM release keeps its counter of calls in flight. */
export interface Shape {
  readonly kind: ShapeKind;
  /** Recognised by name and by TYPE, never by the release alone: after an upgrade old keys stay. */
  recognise(name: KeyName, reading: Reading): boolean;
  /** Slots in use as Redis sees it; null when the value is no number. */
  held(reading: Reading): number | null;
  /** Age of the oldest slot in ms by Redis TIME; null where the shape does not say. */
  oldestMs(reading: Reading): number | null;
  /** What one look tells. A leak is never proved by one look; `why` says what would prove it. */
  judge(name: KeyName, reading: Reading, known: Known): Judgement;
  /**
   * The act that takes away what `evidence`, all of it about this key, shows to be left behind, and nothing else; undefined when it shows
   * nothing of what is there now.
   */
  release(name: KeyName, reading: Reading, evidence: readonly Evidence[]): ReleaseAction | undefined;
}

/** The evidence of one kind, if there is any. */
export const evidenceOf = <K extends Evidence["kind"]>(
  evidence: readonly Evidence[],
  kind: K,
): Extract<Evidence, { kind: K }> | undefined =>
  evidence.find((one): one is Extract<Evidence, { kind: K }> => one.kind === kind);
