import type { Evidence } from "../../litellm/evidence.js";
import type { Counter, CounterContext } from "../counter.js";
import type { SampleSummary } from "../sampling/summary.js";
import { judgeImpossible, wrongType } from "./impossible.js";
import { judgeLocked, type ShortObservation } from "./locked.js";
import { stillProven } from "./run-proofs.js";

/** What proves that something of a key was left behind, and what was looked into and proves nothing. */
export interface EvidenceResult {
  readonly evidence: readonly Evidence[];
  readonly doubts: readonly string[];
  /** Set where nothing but a longer observation is missing. */
  readonly short: ShortObservation | null;
}

/** Gathers the evidence about one key. Pure; nothing is evidence here that design does not name. */
export function collectEvidence(counter: Counter, counterContext: CounterContext): EvidenceResult {
  const { shape, reading, held, limit } = counter;
  if (shape === null) {
    return { evidence: [], doubts: ["its shape is not known, so it is not touched"], short: null };
  }
  const proven = counter.proven ? stillProven(counter.proven, reading, held) : undefined;
  if (counterContext.provenOnly) {
    const doubts = proven ? [] : ["it is none of what --from-run proved"];
    return { evidence: proven ? [proven] : [], doubts, short: null };
  }
  const found = [
    proven,
    idle(counter, counterContext),
    locked(counter, counterContext),
    aged(counter, counterContext),
    judgeImpossible(counter, counterContext),
  ].filter((one) => one !== undefined);
  const evidence = found.filter((one) => "kind" in one);
  const not = found.filter((one) => "not" in one);
  return {
    evidence,
    doubts: not.map((one) => one.not),
    short: evidence.length > 0 ? null : (not.flatMap((one) => one.short ?? [])[0] ?? null),
  };

  function idle(_: Counter, around: CounterContext): Evidence | undefined {
    const saidBy = idleSays(counter, around);
    if (saidBy === null || shape === "minute" || held === null || held <= 0) return undefined;
    // What expires with its window and refuses nobody needs no repair.
    if (shape === "windowed" && reading.ttlMs !== -1 && (limit === null || held < limit)) return undefined;
    return { kind: "idle", saidBy };
  }

  function locked({ samples: watched, tokenLimited }: Counter, { windowMs, longestCallMs }: CounterContext) {
    if (shape !== "windowed" || wrongType(counter, counterContext) || held === null) return undefined;
    if (held <= 0 ? limit === null : limit !== null && held < limit) return undefined;
    if (limit !== null && limit < 1) {
      return { not: `its limit of ${limit} refuses every call; nothing has to be left behind for that` };
    }
    if (!watched) return reading.ttlMs === -1 || limit !== null ? { not: "not watched" } : undefined;
    if (watched.endless && reading.ttlMs !== -1)
      return { not: "it was given an expiry when the watch ended: a call has touched it" };
    if (limit === null && held !== watched.lowest) return { not: `it is ${held} now, and was ${watched.lowest}` };
    return judgeLocked(watched, { limit, windowMs, longestCallMs, tokenLimited });
  }

  function aged(_: Counter, { olderThanMs }: CounterContext): Evidence | undefined {
    return shape === "slots" && olderThanMs !== null ? { kind: "aged", olderThanMs } : undefined;
  }
}

/** A worker speaks only for its own deployment. */
const idleSays = ({ onlyNamed }: Counter, { idle }: CounterContext): CounterContext["idle"] =>
  onlyNamed && idle === "worker" ? null : idle;

/** Whether a watch could prove something of this key that is not proved already. */
export function needsSampling(counter: Counter, counterContext: CounterContext): boolean {
  const { shape, held, limit, reading } = counter;
  if (counter.notOurs !== null) return false;
  if (idleSays(counter, counterContext) !== null || counterContext.provenOnly) return false;
  // A proof that explains all of a counter is enough; one that leaves something at the limit, or without expiry, is
  // not.
  const proof = counter.proven && stillProven(counter.proven, reading, held);
  if (proof && held !== null && held <= proof.rise) return false;
  if (wrongType(counter, counterContext)) return reading.ttlMs === -1;
  return shape === "windowed" && held !== null && held > 0 && (limit === null || (limit > 0 && held >= limit));
}

/**
 * A refused call is counted for some ms; the first look may have seen one. A longer watch than this must not see the
 * counter fall.
 */
const FLICKER_MS = 2000;

/** Whether what was seen rules out all that a longer watch could prove. */
export function isSamplingConclusive(
  counter: Counter,
  counterContext: CounterContext,
): (watched: SampleSummary) => boolean {
  if (wrongType(counter, counterContext)) return (watched) => !watched.unchanged;
  const { limit } = counter;
  const fell = ({ lowest, lowestAtMs, first }: SampleSummary) =>
    lowest === null || lowest <= 0 || (limit === null ? lowestAtMs - first.timeMs > FLICKER_MS : lowest < limit);
  return (watched) => watched.successes > 0 || fell(watched);
}
