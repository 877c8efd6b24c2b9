import { isAdmitted, isRefused } from "../calls.js";
import type { CallRecord } from "../events.js";
import type { Observations } from "../observations.js";
import { groupOverlapping } from "../readings/capacity.js";
import { countUpTo, largest, sorted } from "../sorted-numbers.js";
import { type Candidate, callEvidence } from "./candidate.js";

/** A shorter overlap, in milliseconds, may be our own event loop reading two sockets in the wrong order. */
const SURE_MS = 5;

/**
 * In a load a call is admitted when another ends, and the last bytes of the one may arrive after the first of the
 * other: by the time to resend a lost packet (at least 200 ms on Linux), or by the latency of the slowest rejection.
 */
const LOAD_SURE_MS = 250;

/** The largest set of calls that overlapped between first and last byte: a lower bound of what was admitted at once. */
export const peak = (calls: readonly CallRecord[]): readonly CallRecord[] => overlap(calls, sureEnds(calls));

/** The same, assuming that each byte arrived as soon as it was sent. */
export const apparentPeak = (calls: readonly CallRecord[]): readonly CallRecord[] => overlap(calls, lastByte);

/** Until when a call was certainly being answered. */
function sureEnds(calls: readonly CallRecord[]): (call: CallRecord) => number {
  const refusals = calls.filter(isRefused).map((call) => call.endedMs - call.sentMs);
  const slackMs = largest(refusals, LOAD_SURE_MS);
  return (call) => lastByte(call) - (call.phase === "load" || call.phase === "warm-up" ? slackMs : 0);
}

function overlap(calls: readonly CallRecord[], sureEnd: (call: CallRecord) => number): readonly CallRecord[] {
  const spans = calls.filter((call) => isAdmitted(call) && isWorkedOn(call) && sureEnd(call) > sureStart(call));
  const starts = sorted(spans.map(sureStart));
  const ends = sorted(spans.map(sureEnd));
  // The number of open calls is largest at the start of one of them.
  const openAt = (ms: number) => countUpTo(starts, ms) - countUpTo(ends, ms);
  const most = largest(spans.map((call) => openAt(sureStart(call))));
  const atMs = sureStart(spans.find((call) => openAt(sureStart(call)) === most));
  return spans.filter((call) => sureStart(call) <= atMs && sureEnd(call) > atMs);
}

/**
 * An error or a cached answer takes no time, so its last bytes may arrive when its slot already belongs to another
 * call.
 */
const isWorkedOn = ({ ending, cached }: CallRecord): boolean => !cached && ending !== "failed" && ending !== "refused";

const sureStart = (call: CallRecord | undefined): number => (call?.firstByteMs ?? Number.POSITIVE_INFINITY) + SURE_MS;
const lastByte = (call: CallRecord): number => call.lastByteMs ?? Number.NEGATIVE_INFINITY;

/** Finds more calls running at once than the limit allows. Nothing can explain that away. */
export function overAdmission({ calls, limit }: Observations): Candidate | undefined {
  const most = peak(calls);
  if (limit.value === null || most.length <= limit.value) return undefined;
  return {
    kind: "over-admission",
    basis: "calls",
    proof: `${most.length} calls were being answered at once, the limit is ${limit.value}`,
    evidence: [callEvidence(`${most.length} calls overlapped between first and last byte`, most)],
  };
}

/**
 * Bursts that admitted more than the limit without an overlap that proves it: the first call may have ended before the
 * last arrived.
 */
export function unprovenExcess({ calls, limit }: Observations): readonly CallRecord[] {
  const most = limit.value ?? Number.POSITIVE_INFINITY;
  const bursts = groupOverlapping(calls.filter(({ phase }) => phase === "burst" || phase === "look"));
  return bursts.find((group) => group.filter(isAdmitted).length > most) ?? [];
}

/** Some burst was larger than the limit and the limiter rejected the rest: proof that it enforces the limit. */
export function refusedBeyondLimit({ calls, limit }: Observations): boolean {
  const bursts = groupOverlapping(calls.filter(({ phase }) => phase === "burst" || phase === "look"));
  return bursts.some((group) => group.length > (limit.value ?? Number.POSITIVE_INFINITY));
}
