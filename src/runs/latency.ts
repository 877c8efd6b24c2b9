import type { Percentiles, ProbeDocument } from "../output/documents/probe.js";
import { isAdmitted } from "../verdict/calls.js";
import type { CallRecord } from "../verdict/events.js";
import { largest, smallest } from "../verdict/sorted-numbers.js";

/** Calls whose times count: those of the load if there was one, never those of the warm-up. */
function measured(calls: readonly CallRecord[]): readonly CallRecord[] {
  const load = calls.filter(({ phase }) => phase === "load");
  return load.length > 0 ? load : calls.filter(({ phase }) => phase !== "warm-up");
}

type Measure = keyof ProbeDocument["latency"];

/** Times of the answers in milliseconds, one number for each call that has it, in the order of the calls. */
export function latencyMeasures(calls: readonly CallRecord[]): Record<Measure, number[]> {
  const answered = measured(calls).filter((call) => isAdmitted(call) && call.status === 200);
  const whole = answered.filter(({ ending }) => ending === "completed");
  const of = (some: readonly CallRecord[], measure: (call: CallRecord) => number | null) =>
    some.map(measure).filter((value) => value !== null);
  const since = (at: number | null, from: number | null) => (at === null || from === null ? null : at - from);
  return {
    firstByte: of(answered, (call) => since(call.firstByteMs, call.sentMs)),
    firstToken: of(answered, (call) => since(call.firstTokenMs, call.sentMs)),
    betweenTokens: of(answered, meanGap),
    longestGap: of(answered, ({ longestGapMs }) => longestGapMs),
    total: of(whole, (call) => since(call.endedMs, call.sentMs)),
    sinceDue: of(whole, (call) => since(call.endedMs, call.dueMs)),
  };
}

/** Percentiles of these times, exact over all calls (nearest rank, no buckets). Null where no call got that far. */
export function latencyOf(calls: readonly CallRecord[]): ProbeDocument["latency"] {
  const { firstByte, firstToken, betweenTokens, longestGap, total, sinceDue } = latencyMeasures(calls);
  return {
    firstByte: percentiles(firstByte),
    firstToken: percentiles(firstToken),
    betweenTokens: percentiles(betweenTokens),
    longestGap: percentiles(longestGap),
    total: percentiles(total),
    sinceDue: percentiles(sinceDue),
  };
}

/** The mean time between a call's content events; null with fewer than two. */
const meanGap = ({ firstTokenMs, lastTokenMs, events }: CallRecord): number | null =>
  firstTokenMs === null || lastTokenMs === null || events < 2 ? null : (lastTokenMs - firstTokenMs) / (events - 1);

function percentiles(values: number[]): Percentiles | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) };
}

/** Calls a second of the load; null without one. */
export function throughputOf(calls: readonly CallRecord[], offeredPerS: number | null): ProbeDocument["throughput"] {
  const load = calls.filter(({ phase }) => phase === "load");
  if (load.length === 0) return null;
  const from = smallest(load.map(({ sentMs }) => sentMs));
  const perS = (count: number, toMs: number) => round((1000 * count) / Math.max(toMs - from, 1));
  const all = largest(load.map(({ endedMs }) => endedMs));
  const lastSent = largest(load.map(({ sentMs }) => sentMs));
  return {
    offeredPerS,
    // Measured between sendings only: a slow server does not slow a schedule down.
    sentPerS: load.length > 1 ? perS(load.length - 1, lastSent) : perS(1, all),
    admittedPerS: perS(load.filter(isAdmitted).length, all),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
