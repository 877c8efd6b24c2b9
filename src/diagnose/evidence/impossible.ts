import type { Impossible } from "../../litellm/evidence.js";
import { GARBAGE_AFTER_MS, minuteAgeMs } from "../../litellm/shapes/minute.js";
import { formatDuration } from "../../terminal/duration.js";
import type { Counter, CounterContext } from "../counter.js";
import { matchesSummary, sampledMs } from "../sampling/summary.js";
import { type NoEvidence, tooShort } from "./locked.js";

/** Whether the key has the type of another generation than the proxy's; one with an expiry expires. */
export const wrongType = ({ shape, onlyNamed }: Counter, { expected }: CounterContext): boolean =>
  // Another deployment may run another release.
  !onlyNamed && ((expected === "slots" && shape === "windowed") || (expected === "windowed" && shape === "slots"));

/** What no live call can look like; undefined where the question does not arise. */
export function judgeImpossible(counter: Counter, counterContext: CounterContext): Impossible | NoEvidence | undefined {
  const { name, reading, samples: watched } = counter;
  if (counter.shape === "minute") {
    const age = minuteAgeMs(name.minute ?? "", reading.timeMs);
    if (reading.ttlMs !== -1 || age === null || age <= GARBAGE_AFTER_MS) return undefined;
    return { kind: "impossible", why: `its minute is over for ${formatDuration(age)}, and it has no expiry` };
  }
  if (!wrongType(counter, counterContext)) return undefined;
  const what = counter.shape === "windowed" ? "a number" : "a sorted set";
  if (reading.ttlMs !== -1)
    return { not: `${what} of another generation, but with an expiry: an older pod's, or it expires` };
  if (!watched) return { not: "not watched: leave out --observe 0" };
  if (!watched.unchanged || !matchesSummary(watched, reading))
    return { not: "it changed during the observation: a process still uses it" };
  // An older pod may have a call in flight there, and for as long as that takes the key does not move.
  const neededMs = Math.max(counterContext.longestCallMs, counterContext.windowMs);
  const observedMs = sampledMs(watched);
  if (observedMs < neededMs) return tooShort("it did not move", { observedMs, neededMs });
  return {
    kind: "impossible",
    why: `${what} of another generation, without expiry, unchanged for ${formatDuration(sampledMs(watched))}`,
  };
}
