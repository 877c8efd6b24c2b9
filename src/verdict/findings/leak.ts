import { isAdmitted, isRefused, lastAdmittedEnd, lastEnd } from "../calls.js";
import { type Observations, wasFullBefore } from "../observations.js";
import { elapsedSinceRelease, grows, type Recovery, recoveries } from "../readings/capacity.js";
import { unreleasedSince } from "../readings/unreleased-slots.js";
import type { Evidence } from "../result.js";
import { smallest } from "../sorted-numbers.js";
import { type Candidate, callEvidence, redisEvidence, seconds } from "./candidate.js";
import { prove } from "./proven.js";

/** A timer may be early by a millisecond or two. */
const EARLY_MS = 20;

/** Finds slots that never came back. */
export function leak(observations: Observations): Candidate | undefined {
  const limit = observations.limit.value;
  if (limit === null) return undefined;
  const left = leftInRedis(observations);
  const lost = recoveries(observations).find(isLost(observations, limit));
  if (left) return { ...left, evidence: [...left.evidence, ...(lost ? refusals(lost, limit) : [])] };
  if (!lost) return undefined;
  if (wasFullBefore(observations)) return fullBefore(observations, lost, limit);
  if (observations.readings.length > 0) return undefined;
  const room = lastRoom(lost);
  return {
    kind: "leak",
    basis: "calls",
    proof: `${limit - room} of ${limit} slots never came back within ${seconds(observations.settleMs)} after our last call`,
    evidence: refusals(lost, limit),
  };
}

/** What our calls left in Redis that was still there after the settle time. */
function leftInRedis(observations: Observations): Candidate | undefined {
  const { calls, readings, settleMs, maxLagMs } = observations;
  const last = readings.at(-1);
  if (!last || last.atMs - lastEnd(calls) < settleMs - EARLY_MS) return undefined;
  const left = unreleasedSince(readings[0], last);
  // A rejected call may raise a counter by itself, so without an admitted call nothing is a slot of ours.
  if (left.held === 0 || !calls.some(isAdmitted)) return undefined;
  const waited = seconds(last.atMs - lastEnd(calls));
  const sent = `${calls.filter(isAdmitted).length} admitted calls`;
  if (last.type === "zset") {
    const ours = prove({ calls, readings, maxLagMs, settleMs: 0 })?.members.length === left.members.length;
    const text = `${left.held} slots that were not there before our first call were still there ${waited} after our last one ended`;
    return {
      kind: "leak",
      basis: ours ? "slots" : "counter",
      proof: `${left.held} slots of ${sent} never came back within ${waited}`,
      evidence: [redisEvidence(text, left.members)],
    };
  }
  const from = readings[0]?.held ?? 0;
  const forever = last.ttlMs === -1 ? ", without expiry" : `, to be forgotten in ${seconds(last.ttlMs)}`;
  return {
    kind: "leak",
    basis: "counter",
    proof: `the counter rose by ${left.held} over ${sent} and did not fall within ${waited} after the last`,
    evidence: [redisEvidence(`counter ${from} before our first call, ${last.value} at the end${forever}`)],
  };
}

/**
 * The key was full before our first call and stayed full. The run cannot see whose slots these are; Redis or the
 * operator must show that nothing moves them.
 */
function fullBefore(observations: Observations, lost: Recovery, limit: number): Candidate | undefined {
  const still = unmoved(observations, limit);
  const evidence = refusals(lost, limit);
  const waited = seconds(observations.settleMs);
  if (still) {
    return {
      kind: "leak",
      basis: "before",
      proof: `the key was full before our first call, and nothing moved what holds it for ${waited}`,
      evidence: [...evidence, still],
    };
  }
  if (observations.readings.length > 0 && !observations.exclusive) return undefined;
  return {
    kind: "leak",
    // Only --exclusive separates slots that were left behind from live calls of other clients.
    basis: observations.exclusive ? "before" : "calls",
    proof: `the key was full before our first call and admitted nobody for ${waited}`,
    evidence,
  };
}

/** The slots or the counter that filled the key all the time, if nothing but our own rejected calls changed them. */
function unmoved({ readings, calls }: Observations, limit: number): Evidence | undefined {
  const [before, last] = [readings[0], readings.at(-1)];
  // In a run that was stopped early, the last reading may be from before its calls ended, or there is none from before
  // them.
  if (before?.moment !== "before" || !last || last.atMs < lastEnd(calls)) return undefined;
  if (before.type !== last.type || (before.held ?? 0) < limit || (last.held ?? 0) < limit) return undefined;
  if (last.type === "zset") {
    const now = new Set(last.members.map(({ id }) => id));
    const same = before.members.filter(({ id }) => now.has(id));
    return same.length >= limit
      ? redisEvidence(`the same ${same.length} slots were there from before our first call to the end`, same)
      : undefined;
  }
  // A rejected call adds one where it asks Redis, and subtracts one where a worker cache rejects it.
  const moved = Math.abs((last.held ?? 0) - (before.held ?? 0));
  return moved <= calls.filter(isRefused).length
    ? redisEvidence(`the counter was ${before.value} before our first call and ${last.value} at the end`)
    : undefined;
}

/**
 * Never back and never growing until the settle time ends. It starts again with each admitted call, whose slot may be
 * late.
 */
function isLost({ calls, settleMs }: Observations, limit: number): (recovery: Recovery) => boolean {
  const lastEndBefore = lastAdmittedEnd(calls);
  return (recovery) => {
    const { looks } = recovery;
    const last = looks.at(-1);
    if (!last || elapsedSinceRelease(recovery, last.atMs, lastEndBefore) < settleMs - EARLY_MS) return false;
    return looks.every((one) => one.atMost < limit) && !grows(recovery);
  };
}

const lastRoom = ({ looks, trouble }: Recovery): number =>
  smallest(
    looks.map((one) => one.atMost),
    trouble.atMost,
  );

function refusals({ trouble, looks }: Recovery, limit: number): Evidence[] {
  const refused = trouble.calls.filter(isRefused);
  const room =
    trouble.calls.length > 1 ? `of ${trouble.calls.length} calls at once ${trouble.atLeast} were admitted` : "";
  const again = looks.flatMap((one) => one.calls.filter(isRefused));
  return [
    ...(refused.length > 0
      ? [callEvidence(room || `refused with none of ours in flight, limit ${limit}`, refused)]
      : []),
    ...(again.length > 0 ? [callEvidence("refused again when looked at later", again)] : []),
  ];
}
