import { isAdmitted, isRefused } from "./calls.js";
import type { CallRecord } from "./history.js";
import { recoveries } from "./room.js";
import type { Story } from "./story.js";
import { byCalls, byRedis, type Suspicion } from "./suspicion.js";

/** Calls of ours that may have held a slot while this one was refused: those in flight, and those that ended within the allowed lag. */
function mayHold(call: CallRecord, calls: readonly CallRecord[], maxLagMs: number): number {
  return calls.filter(
    (other) =>
      other !== call && !isRefused(other) && other.sentMs <= call.endedMs && other.endedMs + maxLagMs >= call.sentMs,
  ).length;
}

/** Refusals with fewer than the limit of ours in flight that nothing else explains: neither a leak nor a late release. */
export function falseRejection(story: Story, others: readonly Suspicion[]): Suspicion | undefined {
  const { calls, limit, maxLagMs, readings } = story;
  const most = limit.value;
  if (most === null || others.some(({ kind }) => kind === "leak" || kind === "slow-release")) return undefined;
  const lonely = calls.filter((call) => isRefused(call) && mayHold(call, calls, maxLagMs) < most);
  const free = lonely.filter((call) => wasFree(story, call, most));
  const refused = readings.length > 0 ? free : lonely.filter((call) => !maybeHeld(story, call, most));
  const [first] = refused;
  if (!first) return undefined;
  const inFlight = mayHold(first, calls, maxLagMs);
  return {
    kind: "false-rejection",
    basis: free.length > 0 ? "slots" : "calls",
    proof: `${refused.length} calls were refused with at most ${inFlight} of ours in flight, the limit is ${most}`,
    evidence: [
      byCalls("refused though there was room", refused),
      ...(free.length > 0 ? [byRedis(`Redis held fewer than ${most} before and after`)] : []),
    ],
  };
}

/** Without Redis: slots from before our first admitted call may have been in the way, or some of ours that never came back. */
function maybeHeld(story: Story, call: CallRecord, most: number): boolean {
  const first = story.calls.find(isAdmitted);
  if (!first || call.n < first.n) return true;
  return recoveries(story, most).some(
    (one) => one.round === call.round && !one.looks.some((look) => look.atLeast >= most),
  );
}

/** Redis showed room just before and just after the call: who refused it went by something else. */
function wasFree({ readings }: Story, call: CallRecord, most: number): boolean {
  const before = readings.findLast((one) => one.atMs <= call.sentMs);
  const after = readings.find((one) => one.atMs >= call.endedMs);
  const between = readings.filter((one) => one.atMs > call.sentMs && one.atMs < call.endedMs);
  return [before, ...between, after].every((one) => one !== undefined && one.held !== null && one.held < most);
}
