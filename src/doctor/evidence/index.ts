import type { Evidence } from "../../litellm/evidence.js";
import type { Circumstances, Patient } from "../patient.js";
import { stillProven } from "../proofs.js";
import type { Watched } from "../watch/watched.js";
import { judgeImpossible, wrongType } from "./impossible.js";
import { judgeLocked } from "./locked.js";

/** What proves that something of a key was left behind, and what was looked into and proves nothing. */
export interface Diagnosis {
  readonly evidence: readonly Evidence[];
  readonly doubts: readonly string[];
}

/** Gathers the evidence about one key. Pure; nothing is evidence here that design does not name. */
export function diagnose(patient: Patient, circumstances: Circumstances): Diagnosis {
  const { shape, reading, held, limit } = patient;
  if (shape === null) return { evidence: [], doubts: ["its shape is not known, so it is not touched"] };
  const proven = patient.proven ? stillProven(patient.proven, reading, held) : undefined;
  if (circumstances.provenOnly) {
    return { evidence: proven ? [proven] : [], doubts: proven ? [] : ["it is none of what --from-run proved"] };
  }
  const found = [
    proven,
    idle(patient, circumstances),
    locked(patient, circumstances),
    aged(patient, circumstances),
    judgeImpossible(patient, circumstances),
  ].filter((one) => one !== undefined);
  return {
    evidence: found.filter((one) => "kind" in one),
    doubts: found.flatMap((one) => ("not" in one ? [one.not] : [])),
  };

  function idle(_: Patient, around: Circumstances): Evidence | undefined {
    const saidBy = idleSays(patient, around);
    if (saidBy === null || shape === "minute" || held === null || held <= 0) return undefined;
    // What expires within a minute and refuses nobody needs no repair.
    if (shape === "windowed" && reading.ttlMs !== -1 && (limit === null || held < limit)) return undefined;
    return { kind: "idle", saidBy };
  }

  function locked({ watched }: Patient, { windowMs }: Circumstances) {
    if (shape !== "windowed" || wrongType(patient, circumstances) || held === null) return undefined;
    if (limit === null) {
      return reading.ttlMs === -1 && held > 0 ? { not: "its limit is not known: give --limit <n>" } : undefined;
    }
    if (held < limit) return undefined;
    if (limit < 1) return { not: `its limit of ${limit} refuses every call; nothing has to be left behind for that` };
    if (!watched) return { not: "not watched" };
    if (watched.endless && reading.ttlMs !== -1)
      return { not: "it was given an expiry when the watch ended: a call has touched it" };
    return judgeLocked(watched, limit, windowMs, patient.tokenLimited);
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
  return shape === "windowed" && held !== null && limit !== null && limit > 0 && held >= limit;
}

/** Whether what was seen rules out all that a longer watch could prove. */
export function watchIsSettled(patient: Patient, circumstances: Circumstances): (watched: Watched) => boolean {
  if (wrongType(patient, circumstances)) return (watched) => !watched.unchanged;
  const limit = patient.limit ?? Number.POSITIVE_INFINITY;
  return ({ lowest, successes }) => lowest === null || lowest < limit || successes > 0;
}
