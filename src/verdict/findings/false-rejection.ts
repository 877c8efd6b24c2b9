import { remainingLifetimeMs } from "../call-lifetime.js";
import { isAdmitted, isRefused } from "../calls.js";
import type { CallRecord } from "../events.js";
import { InFlight } from "../in-flight.js";
import type { Observations } from "../observations.js";
import { recoveries } from "../readings/capacity.js";
import { countBelow, countUpTo, largest, sorted } from "../sorted-numbers.js";
import { type Candidate, callEvidence, redisEvidence } from "./candidate.js";

/**
 * Rejections with fewer of our calls in flight than the limit that nothing else explains: neither a leak nor a late
 * release.
 */
export function falseRejection(observations: Observations, others: readonly Candidate[]): Candidate | undefined {
  const { calls, limit, maxLagMs, maxTokens, readings } = observations;
  const most = limit.value;
  if (most === null || others.some(({ kind }) => kind === "leak" || kind === "slow-release")) return undefined;
  // Our calls that may have held a slot during a rejection: those in flight, those that ended within the allowed lag,
  // and those that may still run.
  const holding = new InFlight(
    calls.filter((call) => !isRefused(call)),
    (call) => call.endedMs + Math.max(maxLagMs, remainingLifetimeMs(call, maxTokens)),
  );
  const mayHold = (call: CallRecord) => holding.count(call.sentMs, call.endedMs);
  // Slots held before our first call may still be held.
  const before = Math.max(0, readings[0]?.held ?? 0);
  const isLonely = (call: CallRecord) => mayHold(call) + before < most;
  const { wasFree, staysFree } = freeIn(observations, most);
  const free = calls.filter((call) => isRefused(call) && wasFree(call) && (isLonely(call) || staysFree(call)));
  const maybeHeld = heldIn(observations, most);
  const refused =
    readings.length > 0 ? free : calls.filter((call) => isRefused(call) && isLonely(call) && !maybeHeld(call));
  if (refused.length === 0) return undefined;
  return {
    kind: "false-rejection",
    basis: free.length > 0 ? "slots" : "calls",
    proof: refused.every(isLonely)
      ? `${sayWere(refused)} refused with at most ${largest(refused.map(mayHold))} of ours in flight, the limit is ${most}`
      : `${sayWere(refused)} refused while Redis held fewer slots than the limit of ${most}`,
    evidence: [
      callEvidence("refused though there was room", refused),
      ...(free.length > 0 ? [redisEvidence(`Redis held fewer than ${most} before and after`)] : []),
    ],
  };
}

const sayWere = ({ length }: readonly CallRecord[]): string => (length === 1 ? "1 call was" : `${length} calls were`);

/**
 * Without Redis these may have blocked the call: slots from before our first admitted call, our own slots that never
 * came back, or, where capacity was missing after a load, slots that came back late.
 */
function heldIn(observations: Observations, most: number): (call: CallRecord) => boolean {
  const first = observations.calls.find(isAdmitted);
  const heldUntil = new Map(
    recoveries(observations).map(({ round, looks, trouble }) => {
      const back = looks.some((look) => look.atLeast >= most);
      return [round, back ? trouble.atMs : Number.POSITIVE_INFINITY];
    }),
  );
  const isEarly = (call: CallRecord) => !first || call.n < first.n;
  return (call) => isEarly(call) || call.sentMs < (heldUntil.get(call.round) ?? 0);
}

/** Redis had room when a call was rejected, so the limiter did not decide by what Redis holds. */
interface Free {
  /** Redis showed room just before, during and just after the call. */
  readonly wasFree: (call: CallRecord) => boolean;
  /** There was still room even with every call that can have been admitted since the reading before it. */
  readonly staysFree: (call: CallRecord) => boolean;
}

function freeIn({ calls, readings, maxTokens }: Observations, most: number): Free {
  const times = sorted(readings.map(({ atMs }) => atMs));
  const full = [0];
  for (const { held } of readings) full.push((full.at(-1) ?? 0) + Number(held === null || held >= most));
  // A call was admitted by its first byte at the latest, and a later reading counts its slot.
  const admitted = new InFlight(
    calls.filter((call) => !isRefused(call)),
    (call) => call.firstByteMs ?? call.endedMs + remainingLifetimeMs(call, maxTokens),
  );
  return {
    wasFree(call) {
      const before = countUpTo(times, call.sentMs) - 1;
      const after = countBelow(times, call.endedMs);
      const [from, to] = [Math.min(before, after), Math.max(before, after)];
      // Without a reading after the call there is no such sum.
      return from >= 0 && full[from] === full[to + 1];
    },
    staysFree(call) {
      const before = readings[countUpTo(times, call.sentMs) - 1];
      return before !== undefined && (before.held ?? most) + admitted.count(before.fromMs, call.endedMs) < most;
    },
  };
}
