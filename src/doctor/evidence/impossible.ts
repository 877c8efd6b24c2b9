import type { Impossible } from "../../litellm/evidence.js";
import { GARBAGE_AFTER_MS, minuteAgeMs } from "../../litellm/shapes/minute.js";
import { sayDuration } from "../../terminal/duration.js";
import type { Circumstances, Patient } from "../patient.js";
import { standsAsWatched, watchedMs } from "../watch/watched.js";
import { type NoEvidence, tooShort } from "./locked.js";

/** Whether the key has the type of another generation than the proxy's; one with an expiry goes by itself. */
export const wrongType = ({ shape, onlyNamed }: Patient, { expected }: Circumstances): boolean =>
  // Another deployment may run another release.
  !onlyNamed && ((expected === "slots" && shape === "windowed") || (expected === "windowed" && shape === "slots"));

/** What no live call can look like; undefined where the question does not arise. */
export function judgeImpossible(patient: Patient, circumstances: Circumstances): Impossible | NoEvidence | undefined {
  const { name, reading, watched } = patient;
  if (patient.shape === "minute") {
    const age = minuteAgeMs(name.minute ?? "", reading.timeMs);
    if (reading.ttlMs !== -1 || age === null || age <= GARBAGE_AFTER_MS) return undefined;
    return { kind: "impossible", why: `its minute is over for ${sayDuration(age)}, and it has no expiry` };
  }
  if (!wrongType(patient, circumstances)) return undefined;
  const what = patient.shape === "windowed" ? "a number" : "a sorted set";
  if (reading.ttlMs !== -1)
    return { not: `${what} of another generation, but with an expiry: an older pod's, or it goes by itself` };
  if (!watched) return { not: "not watched: leave out --observe 0" };
  if (!watched.unchanged || !standsAsWatched(watched, reading))
    return { not: "it changed during the watch: somebody still uses it" };
  // An older pod may have a call in flight there, and for as long as that takes the key does not move.
  const neededMs = Math.max(circumstances.longestCallMs, circumstances.windowMs);
  const observedMs = watchedMs(watched);
  if (observedMs < neededMs) return tooShort("it did not move", { observedMs, neededMs });
  return {
    kind: "impossible",
    why: `${what} of another generation, without expiry, unchanged for ${sayDuration(watchedMs(watched))}`,
  };
}
