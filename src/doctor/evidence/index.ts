import type { Evidence } from "../../litellm/evidence.js";
import type { Circumstances, Patient } from "../patient.js";
import { stillProven } from "../proofs.js";
import type { Watched } from "../watch/watched.js";
import { judgeImpossible, wrongType } from "./impossible.js";
import { judgeLocked, type ShortObservation } from "./locked.js";

/** What proves that something of a key was left behind, and what was looked into and proves nothing. */
export interface Diagnosis {
  readonly evidence: readonly Evidence[];
  readonly doubts: readonly string[];
  /** Set where nothing but a longer observation is missing. */
  readonly short: ShortObservation | null;
}

/** Gathers the evidence about one key. Pure; nothing is evidence here that design does not name. */
export function diagnose(patient: Patient, circumstances: Circumstances): Diagnosis {
  const { shape, reading, held, limit } = patient;
  if (shape === null) {
    return { evidence: [], doubts: ["its shape is not known, so it is not touched"], short: null };
  }
  const proven = patient.proven ? stillProven(patient.proven, reading, held) : undefined;
  if (circumstances.provenOnly) {
    const doubts = proven ? [] : ["it is none of what --from-run proved"];
    return { evidence: proven ? [proven] : [], doubts, short: null };
  }
  const found = [
    proven,
    idle(patient, circumstances),
    locked(patient, circumstances),
    aged(patient, circumstances),
    judgeImpossible(patient, circumstances),
  ].filter((one) => one !== undefined);
  const evidence = found.filter((one) => "kind" in one);
  const not = found.filter((one) => "not" in one);
  return {
    evidence,
    doubts: not.map((one) => one.not),
    short: evidence.length > 0 ? null : (not.flatMap((one) => one.short ?? [])[0] ?? null),
  };

  function idle(_: Patient, around: Circumstances): Evidence | undefined {
    const saidBy = idleSays(patient, around);
    if (saidBy === null || shape === "minute" || held === null || held <= 0) return undefined;
    // What expires with its window and refuses nobody needs no repair.
    if (shape === "windowed" && reading.ttlMs !== -1 && (limit === null || held < limit)) return undefined;
    return { kind: "idle", saidBy };
  }

  function locked({ watched, tokenLimited }: Patient, { windowMs, longestCallMs }: Circumstances) {
    if (shape !== "windowed" || wrongType(patient, circumstances) || held === null) return undefined;
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

  function aged(_: Patient, { olderThanMs }: Circumstances): Evidence | undefined {
    return shape === "slots" && olderThanMs !== null ? { kind: "aged", olderThanMs } : undefined;
  }
}

/** A worker speaks only for its own deployment. */
const idleSays = ({ onlyNamed }: Patient, { idle }: Circumstances): Circumstances["idle"] =>
  onlyNamed && idle === "worker" ? null : idle;

/** Whether a watch could prove something of this key that is not proved already. */
export function worthWatching(patient: Patient, circumstances: Circumstances): boolean {
  const { shape, held, limit, reading } = patient;
  if (patient.notOurs !== null) return false;
  if (idleSays(patient, circumstances) !== null || circumstances.provenOnly) return false;
  // A proof that explains all of a counter is enough; one that leaves something at the limit, or without expiry, is not.
  const proof = patient.proven && stillProven(patient.proven, reading, held);
  if (proof && held !== null && held <= proof.rise) return false;
  if (wrongType(patient, circumstances)) return reading.ttlMs === -1;
  return shape === "windowed" && held !== null && held > 0 && (limit === null || (limit > 0 && held >= limit));
}

/** A refused call is counted for some ms; the first look may have seen one. A longer watch than this must not see the counter fall. */
const FLICKER_MS = 2000;

/** Whether what was seen rules out all that a longer watch could prove. */
export function watchIsSettled(patient: Patient, circumstances: Circumstances): (watched: Watched) => boolean {
  if (wrongType(patient, circumstances)) return (watched) => !watched.unchanged;
  const { limit } = patient;
  const fell = ({ lowest, lowestAtMs, first }: Watched) =>
    lowest === null || lowest <= 0 || (limit === null ? lowestAtMs - first.timeMs > FLICKER_MS : lowest < limit);
  return (watched) => watched.successes > 0 || fell(watched);
}
