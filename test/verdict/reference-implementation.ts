import { remainingLifetimeMs } from "../../src/verdict/call-lifetime.js";
import { isAdmitted, isRefused, lastEnd } from "../../src/verdict/calls.js";
import type { CallRecord, SlotReading } from "../../src/verdict/events.js";
import type { Observations } from "../../src/verdict/observations.js";
import {
  type CapacityReading,
  capacityOf,
  groupOverlapping,
  type Recovery,
  roseAndFell,
} from "../../src/verdict/readings/capacity.js";
import { unreleasedSince } from "../../src/verdict/readings/unreleased-slots.js";

/** The judge's definitions as one would say them, each call against each other: slow, and what the fast ones must agree with. */

const SURE_MS = 5;
const LOAD_SURE_MS = 250;

export function peak(calls: readonly CallRecord[]): readonly CallRecord[] {
  const slowestMs = Math.max(LOAD_SURE_MS, ...calls.filter(isRefused).map((call) => call.endedMs - call.sentMs));
  const end = ({ phase, lastByteMs }: CallRecord) =>
    (lastByteMs ?? 0) - (phase === "load" || phase === "warm-up" ? slowestMs : 0);
  const spans = calls
    .filter((call) => call.firstByteMs !== null && call.lastByteMs !== null && isAdmitted(call))
    .filter((call) => end(call) > (call.firstByteMs ?? 0) + SURE_MS);
  let most: readonly CallRecord[] = [];
  for (const { firstByteMs } of spans) {
    const at = (firstByteMs ?? 0) + SURE_MS;
    const open = spans.filter((call) => (call.firstByteMs ?? 0) + SURE_MS <= at && end(call) > at);
    if (open.length > most.length) most = open;
  }
  return most;
}

export const inFlight = (calls: readonly CallRecord[], lagMs: number, fromMs: number, toMs: number): number =>
  calls.filter((call) => call.sentMs <= toMs && call.endedMs + lagMs >= fromMs).length;

/** For each reading but the first: how many members are new, and how many calls can have made them. */
export function appearances(
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
  lagMs: (call: CallRecord) => number = () => 0,
) {
  const untilMs = (call: CallRecord) => call.endedMs + lagMs(call);
  const owners = new Set<CallRecord>();
  return readings.slice(1).map((reading, before) => {
    const earlier = readings.slice(0, before + 1);
    const fromMs = Math.max(...earlier.map((one) => one.fromMs));
    const seen = new Set(earlier.flatMap(({ members }) => members.map(({ id }) => id)));
    const fresh = reading.members.filter(({ id }) => !seen.has(id));
    const free = calls
      .filter((call) => !isRefused(call) && !owners.has(call))
      .filter((call) => call.sentMs <= reading.atMs && untilMs(call) >= fromMs)
      .sort((a, b) => untilMs(a) - untilMs(b));
    for (const call of free.slice(0, fresh.length)) owners.add(call);
    return { fresh: fresh.map(({ id }) => id), free: free.length, fromMs };
  });
}

export function recoveries(observations: Observations, limit: number): Recovery[] {
  const rounds = new Set(observations.calls.map((call) => call.round));
  const loaded = observations.calls.some(({ phase }) => phase === "load");
  const asksForRoom = ({ phase, n }: CallRecord) =>
    phase === "sequence" || phase === "burst" || (phase === "warm-up" && (n === 1 || !loaded));
  return [...rounds].flatMap((round) => {
    const calls = observations.calls.filter((call) => call.round === round);
    const planned = calls.filter((call) => call.phase !== "look");
    const endMs = Math.max(...planned.map((call) => call.endedMs));
    const nextMs = Math.min(...observations.calls.filter((call) => call.round > round).map((call) => call.sentMs));
    const trouble =
      groupOverlapping(planned.filter(asksForRoom))
        .map(capacityOf)
        .find((one) => one.atMost < limit) ?? leftTrouble(observations, limit, endMs, nextMs);
    return trouble ? [{ round, endMs, trouble, looks: lookedAt(observations, limit, calls, endMs, nextMs) }] : [];
  });
}

function leftTrouble({ readings, maxLagMs }: Observations, limit: number, endMs: number, nextMs: number) {
  const late = readings.find((one) => one.atMs >= endMs + maxLagMs && one.atMs < nextMs);
  const left = unreleasedSince(readings[0], late);
  return late && left.held > 0
    ? { atMs: late.atMs, atLeast: 0, atMost: Math.max(0, limit - left.held), calls: [] }
    : undefined;
}

function lookedAt(
  observations: Observations,
  limit: number,
  calls: readonly CallRecord[],
  endMs: number,
  nextMs: number,
) {
  const looks = calls.filter((call) => call.phase === "look");
  const whole = (one: CapacityReading) => (observations.bursts || one.atLeast === 0 ? one : { ...one, atLeast: limit });
  const fullBurst = calls.filter((call) => call.phase === "burst").filter(isAdmitted).length >= limit;
  const byRedis = observations.readings
    .filter((one) => one.moment === "look" && one.atMs >= endMs && one.atMs < nextMs)
    .filter((one) => !looks.some((call) => call.sentMs <= one.atMs && one.atMs <= call.endedMs + observations.maxLagMs))
    .map((one): CapacityReading => {
      const left = unreleasedSince(observations.readings[0], one).held;
      const taken = Math.max(left, one.held ?? 0);
      return {
        atMs: one.atMs,
        atLeast: left === 0 && (one.held ?? 0) < limit && (!observations.bursts || fullBurst) ? limit : 0,
        atMost: taken > 0 ? Math.max(0, limit - taken) : Number.POSITIVE_INFINITY,
        calls: [],
      };
    });
  return [...groupOverlapping(looks).map(capacityOf).map(whole), ...byRedis].sort((a, b) => a.atMs - b.atMs);
}

export function grows({ trouble, looks }: Pick<Recovery, "trouble" | "looks">): boolean {
  const all = [trouble, ...looks];
  return all.some((early, at) => all.slice(at + 1).some((late) => late.atLeast > early.atMost));
}

export const shrinks = ({ looks }: Pick<Recovery, "looks">): boolean =>
  looks.some((early, at) => looks.slice(at + 1).some((late) => late.atMost < early.atLeast));

/** The longest time after a call of ours at which room was still missing that came back later; null when there is no such thing. */
export function slowest(observations: Observations, limit: number): number | null {
  const late = recoveries(observations, limit).flatMap(({ looks, endMs }) => {
    const back = looks.findIndex((one) => one.atLeast >= limit);
    if (back === -1) return [];
    const since = ({ atMs }: CapacityReading) =>
      atMs - Math.max(endMs, lastEnd(observations.calls.filter((call) => isAdmitted(call) && call.endedMs <= atMs)));
    const low = looks.slice(0, back).filter((one) => one.atMost < limit);
    return [Math.max(0, ...low.map(since))];
  });
  return late.length > 0 ? Math.max(...late) : null;
}

export function foreign(observations: Observations): boolean {
  const { calls, readings, limit } = observations;
  const most = limit.value;
  if (most !== null && !observations.exclusive && recoveries(observations, most).some((one) => roseAndFell(one, most)))
    return true;
  const straggles = (call: CallRecord) => (call.headersMs === null ? 5000 : 0);
  const seen = appearances(calls, readings, straggles);
  return readings.some((reading, at) => {
    const previous = readings[at - 1];
    const one = seen[at - 1];
    if (!previous || !one) return false;
    const running = calls.filter(
      (call) => call.sentMs <= reading.atMs && call.endedMs + straggles(call) >= one.fromMs,
    ).length;
    return (
      countsMoreThan(observations, at) ||
      one.fresh.length > one.free ||
      oldGone(readings[0], previous, reading) ||
      rise(previous, reading) > running
    );
  });
}

function oldGone(first: SlotReading | undefined, previous: SlotReading, now: SlotReading): boolean {
  if (first?.type !== "zset") return false;
  const has = (one: SlotReading, id: string) => one.members.some((member) => member.id === id);
  return previous.members.some(({ id }) => has(first, id) && !has(now, id));
}

const rise = (previous: SlotReading, now: SlotReading): number =>
  now.type === "string" ? (now.held ?? 0) - (previous.type === "string" ? (previous.held ?? 0) : 0) : 0;

function countsMoreThan({ calls, readings }: Observations, upTo: number): boolean {
  const fromMs = readings[0]?.fromMs ?? 0;
  const reading = readings[upTo];
  if (reading?.requests == null) return false;
  let counted = 0;
  for (const [at, { requests }] of readings.slice(0, upTo + 1).entries()) {
    if (at === 0 || requests === null) continue;
    const last = readings[at - 1]?.requests ?? 0;
    counted += requests >= last ? requests - last : requests;
  }
  return counted > calls.filter((call) => call.endedMs >= fromMs && call.sentMs <= reading.atMs).length;
}

/**
 * Refused though Redis showed room before, during and after, and fewer calls of ours than the limit may have held slots: by their ends, or by
 * what Redis held before and who may have come since.
 */
export const refusedThoughFree = ({ calls, readings, maxLagMs, maxTokens }: Observations, most: number): CallRecord[] =>
  calls.filter(isRefused).filter((call) => {
    const others = calls.filter((one) => !isRefused(one));
    const before = readings.findLastIndex((one) => one.atMs <= call.sentMs);
    const after = readings.findIndex((one) => one.atMs >= call.endedMs);
    const around = readings.slice(Math.min(before, after), Math.max(before, after) + 1);
    const earlier = others.filter((one) => one.sentMs <= call.endedMs);
    const holding = earlier.filter(
      (one) => one.endedMs + Math.max(maxLagMs, remainingLifetimeMs(one, maxTokens)) >= call.sentMs,
    ).length;
    const { held, fromMs } = readings[before] ?? { held: most, fromMs: 0 };
    const since = earlier.filter(
      (one) => (one.firstByteMs ?? one.endedMs + remainingLifetimeMs(one, maxTokens)) >= fromMs,
    ).length;
    return (
      (holding < most || (held ?? most) + since < most) &&
      before >= 0 &&
      after >= 0 &&
      around.every(({ held }) => held !== null && held < most)
    );
  });
