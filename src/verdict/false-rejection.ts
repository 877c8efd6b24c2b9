import { isAdmitted, isRefused } from "./calls.js";
import type { CallRecord, SlotReading } from "./history.js";
import { InFlight } from "./in-flight.js";
import { recoveries } from "./room.js";
import { countBelow, countUpTo, largest, sorted } from "./sorted.js";
import type { Story } from "./story.js";
import { byCalls, byRedis, type Suspicion } from "./suspicion.js";

/** Refusals with fewer than the limit of ours in flight that nothing else explains: neither a leak nor a late release. */
export function falseRejection(story: Story, others: readonly Suspicion[]): Suspicion | undefined {
  const { calls, limit, maxLagMs, readings } = story;
  const most = limit.value;
  if (most === null || others.some(({ kind }) => kind === "leak" || kind === "slow-release")) return undefined;
  // Calls of ours that may have held a slot while one was refused: those in flight, and those that ended within the allowed lag.
  const holding = new InFlight(
    calls.filter((call) => !isRefused(call)),
    () => maxLagMs,
  );
  const mayHold = (call: CallRecord) => holding.count(call.sentMs, call.endedMs);
  const lonely = calls.filter((call) => isRefused(call) && mayHold(call) < most);
  const wasFree = freeIn(readings, most);
  const free = lonely.filter(wasFree);
  const maybeHeld = heldIn(story, most);
  const refused = readings.length > 0 ? free : lonely.filter((call) => !maybeHeld(call));
  if (refused.length === 0) return undefined;
  return {
    kind: "false-rejection",
    basis: free.length > 0 ? "slots" : "calls",
    proof: `${refused.length} calls were refused with at most ${largest(refused.map(mayHold))} of ours in flight, the limit is ${most}`,
    evidence: [
      byCalls("refused though there was room", refused),
      ...(free.length > 0 ? [byRedis(`Redis held fewer than ${most} before and after`)] : []),
    ],
  };
}

/** Without Redis: slots from before our first admitted call may have been in the way, or some of ours that never came back. */
function heldIn(story: Story, most: number): (call: CallRecord) => boolean {
  const first = story.calls.find(isAdmitted);
  const open = recoveries(story, most).filter((one) => !one.looks.some((look) => look.atLeast >= most));
  const rounds = new Set(open.map(({ round }) => round));
  return (call) => !first || call.n < first.n || rounds.has(call.round);
}

/** Redis showed room just before, during and just after a call: who refused it went by something else. */
function freeIn(readings: readonly SlotReading[], most: number): (call: CallRecord) => boolean {
  const times = sorted(readings.map(({ atMs }) => atMs));
  const full = [0];
  for (const { held } of readings) full.push((full.at(-1) ?? 0) + (held !== null && held < most ? 0 : 1));
  return (call) => {
    const before = countUpTo(times, call.sentMs) - 1;
    const after = countBelow(times, call.endedMs);
    const [from, to] = [Math.min(before, after), Math.max(before, after)];
    return from >= 0 && to < readings.length && full[from] === full[to + 1];
  };
}
