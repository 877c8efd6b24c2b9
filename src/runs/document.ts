import { shapeOfRelease } from "../litellm/releases.js";
import type { ShapeKind } from "../litellm/shapes/shape.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import type { CallRecord, ProbeEvent, SlotReading } from "../verdict/events.js";
import type { Analysis } from "../verdict/index.js";
import { unreleasedSince } from "../verdict/readings/unreleased-slots.js";
import type { Verdict } from "../verdict/result.js";
import { latencyOf, throughputOf } from "./latency.js";
import type { Overhead, RunHeader } from "./schema.js";

/** A finished run and its analysis. */
export interface FinishedRun extends Omit<Analysis, "proven"> {
  readonly header: RunHeader;
  readonly events: readonly ProbeEvent[];
  readonly durationMs: number;
  /** Path of the run file. */
  readonly run: string;
  /** What the probe itself added to each call's time; null when it was not measured. */
  readonly overhead: Overhead | null;
}

/** Creates the document of a run. */
export function createProbeDocument({
  header,
  events,
  limit,
  verdict,
  peak,
  recovery,
  durationMs,
  run,
  overhead,
}: FinishedRun): ProbeDocument {
  const calls = events.filter((event) => event.kind === "call");
  const readings = events.filter((event) => event.kind === "slots");
  const { target, plan, redis } = header;
  const version = target.version ?? calls.find((call) => call.version !== null)?.version ?? null;
  return {
    schema: "llmctl.probe/1",
    id: header.id,
    startedAt: header.startedAt,
    durationMs: Math.round(durationMs),
    target: {
      ...target,
      version,
      ...(target.litellm === undefined ? {} : { litellm: target.litellm || version !== null }),
    },
    limit,
    plan: {
      requests: plan.warmUp + (plan.load?.calls ?? 0) + plan.rounds * (plan.sequence + plan.burst),
      concurrency: Math.max(plan.burst, plan.load?.callers ?? 1),
      rounds: plan.rounds,
      stream: plan.stream,
      ending: plan.ending,
      load: plan.load,
    },
    requests: countCalls(calls),
    ...(header.redisAway ? { redisAway: true } : {}),
    slots: redis && slotsOf(redis.key, readings, version, verdict),
    peak: { admitted: peak.length },
    latency: latencyOf(calls),
    throughput: throughputOf(calls, plan.load?.perS ?? null),
    probeAdds: overhead && { p50Ms: rounded(overhead.p50Ms), p99Ms: rounded(overhead.p99Ms) },
    recovery,
    verdict,
    run,
  };
}

function countCalls(calls: readonly CallRecord[]): ProbeDocument["requests"] {
  const ended = (...endings: CallRecord["ending"][]) => calls.filter((call) => endings.includes(call.ending)).length;
  return {
    sent: calls.length,
    ok: ended("completed"),
    rejected: ended("refused"),
    failed: ended("failed", "cut", "broken", "timeout"),
    aborted: ended("aborted", "interrupted"),
  };
}

function slotsOf(key: string | null, readings: readonly SlotReading[], version: string | null, verdict: Verdict) {
  const [first, last] = [readings.findLast(({ moment }) => moment === "before"), readings.at(-1)];
  const leaks = verdict.findings.some(({ kind }) => kind === "leak");
  const leaked = leaks ? unreleasedSince(first, last).members : [];
  return {
    key: last?.key ?? key ?? "{api_key:…}:max_parallel_requests",
    shape: seenShape(readings) ?? (version === null ? null : shapeOfRelease(version)) ?? "unknown",
    before: first?.held ?? 0,
    after: last?.held ?? 0,
    leaked: leaked.map(({ id, score }) => ({
      id,
      startedAt: new Date(score * 1000).toISOString(),
      ageMs: Math.max(0, (last?.timeMs ?? 0) - score * 1000),
    })),
  };
}

/** The shape of the key that readings showed; null when it never existed. */
export function seenShape(readings: readonly SlotReading[]): ShapeKind | null {
  const type = readings.findLast((reading) => reading.type !== "none")?.type;
  return type === "zset" ? "slots" : type === "string" ? "windowed" : null;
}

/** Rounds to microseconds. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
