import { formatCalls } from "../calls.js";
import type { CallRecord } from "../events.js";
import type { Evidence, Finding } from "../result.js";

/**
 * What a candidate rests on: `calls` on rejections and admissions, `counter` on a number in Redis, `slots` on members
 * that only our calls can have created, `before` on what existed before our first call.
 */
type Basis = "calls" | "counter" | "slots" | "before";

/** A finding, unless a confounder explains it. */
export interface Candidate {
  readonly kind: Finding["kind"];
  readonly basis: Basis;
  /** One sentence with the numbers in it. */
  readonly proof: string;
  readonly evidence: Evidence[];
}

/** Evidence that refers to calls. */
export const callEvidence = (text: string, calls: readonly CallRecord[]): Evidence => ({
  kind: "calls",
  text: calls.length > 0 ? `${text} (call ${formatCalls(calls)})` : text,
  calls: calls.map(({ n }) => n),
  slots: [],
});

/** Evidence that refers to slots in Redis, or to a counter there when no ids are given. */
export const redisEvidence = (text: string, slots: readonly { readonly id: string }[] = []): Evidence => ({
  kind: slots.length > 0 ? "slots" : "counter",
  text,
  calls: [],
  slots: slots.map(({ id }) => id),
});

/** Formats milliseconds as seconds: `2.5 s`. */
export const seconds = (ms: number): string => `${(Math.round(ms / 100) / 10).toFixed(1)} s`;
