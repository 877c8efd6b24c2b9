import { usageError } from "../errors.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import type { CallRecord, ProbeEvent } from "../verdict/events.js";
import { analyse } from "../verdict/index.js";
import type { Doubt, Verdict } from "../verdict/result.js";
import { smallest } from "../verdict/sorted-numbers.js";
import { type Alignment, align } from "./clock-alignment.js";
import { createProbeDocument } from "./document.js";
import type { RecordedRun } from "./reader.js";
import { lastEventMs, rejudge, whyStopped } from "./rejudge.js";
import type { RunHeader } from "./schema.js";
import { verdictInput } from "./verdict-input.js";

/** Several runs merged into one. */
export interface MergedRun {
  readonly header: RunHeader;
  readonly events: readonly ProbeEvent[];
  readonly document: ProbeDocument;
  /** Assumptions of the merged verdict. */
  readonly assumed: readonly string[];
}

/**
 * Merges runs that used one key at the same time from several machines into the one run that the limiter saw. Exit 2
 * when they do not fit together.
 */
export function mergeRuns(runs: readonly RecordedRun[]): MergedRun {
  const header = headerOf(runs);
  const alignment = align(runs);
  const parts = runs.map(({ events }, at) => shifted(events, alignment.offsetsMs[at] ?? 0));
  mustOverlap(parts);
  const events = inOneRound(parts.flat());
  const stopped = runs.map(whyStopped).find((reason) => reason !== null) ?? null;
  const analysis = analyse(verdictInput(header, stopped), events);
  const verdict = alignment.by === "wall" ? withClockDoubt(analysis.verdict, runs) : analysis.verdict;
  const path = runs.map((run) => run.path).join(" ");
  return {
    header,
    events,
    document: createProbeDocument({
      ...{ header, events, ...analysis, verdict },
      ...{ overhead: null, durationMs: lastEventMs(events), run: path },
    }),
    assumed: assumptions(alignment, runs),
  };
}

function headerOf(runs: readonly RecordedRun[]): RunHeader {
  const headers = runs.map((run) => run.header);
  const [first] = headers;
  if (!first) throw usageError({ code: "no-run", message: "there is nothing to merge", hint: "name two runs or more" });
  mustDiffer(headers);
  for (const [name, valueIn] of MUST_AGREE) {
    const values = [...new Set(headers.map(valueIn))];
    if (values.length > 1) {
      throw usageError({
        code: "cannot-merge",
        message: `these runs are of more than one ${name}: ${values.join(", ")}`,
        hint: "leave --merge out to compare them",
      });
    }
  }
  const { plan } = first;
  const sum = (count: (one: RunHeader["plan"]) => number) => headers.reduce((total, one) => total + count(one.plan), 0);
  return {
    ...first,
    id: headers.map(({ id }) => id).join("+"),
    startedAt: headers.map(({ startedAt }) => startedAt).sort()[0] ?? first.startedAt,
    limit: headers.find(({ limit }) => limit.value !== null)?.limit ?? first.limit,
    plan: {
      ...plan,
      rounds: 1,
      sequence: sum(({ sequence, rounds }) => sequence * rounds),
      burst: sum(({ burst, rounds }) => burst * rounds),
      maxLagMs: Math.max(...headers.map((one) => one.plan.maxLagMs)),
      settleMs: Math.max(...headers.map((one) => one.plan.settleMs)),
      // The other clients that each run declared are the other runs.
      shared: false,
      exclusive: headers.some((one) => one.plan.exclusive),
    },
    redis: headers.find(({ redis }) => redis !== null)?.redis ?? null,
  };
}

/** A run merged with itself would count each call twice. The id identifies it, whatever its file name. */
function mustDiffer(headers: readonly RunHeader[]): void {
  const ids = headers.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) < at);
  if (twice !== undefined)
    throw usageError({ code: "cannot-merge", message: `the run ${twice} is given twice`, hint: "name each run once" });
}

const MUST_AGREE: [string, (header: RunHeader) => string][] = [
  ["key", ({ target }) => target.key.slice(0, 12)],
  ["endpoint", ({ target }) => target.endpoint],
  ["ending", ({ plan }) => plan.ending],
];

const shifted = (events: readonly ProbeEvent[], byMs: number): ProbeEvent[] =>
  events.map((event) => {
    if (event.kind === "slots") return { ...event, fromMs: event.fromMs + byMs, atMs: event.atMs + byMs };
    const later = (at: number | null) => (at === null ? null : at + byMs);
    const { dueMs, sentMs, headersMs, firstByteMs, firstTokenMs, lastTokenMs, lastByteMs, endedMs } = event;
    return {
      ...event,
      ...{ sentMs: sentMs + byMs, headersMs: later(headersMs), firstByteMs: later(firstByteMs) },
      ...{
        dueMs: later(dueMs),
        firstTokenMs: later(firstTokenMs),
        lastTokenMs: later(lastTokenMs),
        lastByteMs: later(lastByteMs),
        endedMs: endedMs + byMs,
      },
    };
  });

function mustOverlap(parts: readonly (readonly ProbeEvent[])[]): void {
  const spans = parts
    .map(callsOf)
    .map((calls) => [smallest(calls.map((call) => call.sentMs)), lastEventMs(calls)] as const);
  const together = Math.max(...spans.map(([from]) => from)) <= Math.min(...spans.map(([, to]) => to));
  if (!together)
    throw usageError({
      code: "cannot-merge",
      message: "these runs did not call at the same time",
      hint: "leave --merge out to compare them",
    });
}

const callsOf = (events: readonly ProbeEvent[]): CallRecord[] => events.filter((event) => event.kind === "call");

/**
 * One machine's recheck counts as one only when no other was still executing its plan. Calls are renumbered in the
 * order of sending.
 */
function inOneRound(events: readonly ProbeEvent[]): ProbeEvent[] {
  const planned = callsOf(events).filter(({ phase }) => phase !== "look");
  const firstMs = smallest(planned.map((call) => call.sentMs));
  const endMs = lastEventMs(planned);
  const calls = callsOf(events)
    .sort((a, b) => a.sentMs - b.sentMs)
    .map((call, at): CallRecord => {
      const recheck = call.phase === "look" && call.sentMs >= endMs;
      const phase = recheck ? "look" : call.phase === "look" ? "burst" : call.phase;
      return { ...call, n: at + 1, round: 1, phase, lookMs: recheck ? Math.round(call.sentMs - endMs) : 0 };
    });
  const readings = events
    .filter((event) => event.kind === "slots")
    .map((one) => ({
      ...one,
      moment:
        one.atMs < firstMs
          ? ("before" as const)
          : one.atMs < endMs
            ? ("calls" as const)
            : one.moment === "look"
              ? one.moment
              : ("calls" as const),
    }))
    .sort((a, b) => a.atMs - b.atMs);
  return [...calls, ...readings];
}

/** Findings that depend on which of two machines was earlier by milliseconds. */
const BY_MOMENTS = new Set(["over-admission", "false-rejection"]);

/** Without a common clock, only what one machine saw by itself is proved where milliseconds matter. */
function withClockDoubt(verdict: Verdict, runs: readonly RecordedRun[]): Verdict {
  const alone = new Set(runs.flatMap((run) => rejudge(run).document.verdict.findings.map(({ kind }) => kind)));
  const open = verdict.findings.filter(({ kind }) => BY_MOMENTS.has(kind) && !alone.has(kind));
  if (open.length === 0 || verdict.status !== "finding") return verdict;
  const doubt: Doubt = {
    id: "clocks",
    text: "the machines' clocks may differ, and no single machine saw it; give each probe --redis-url, then Redis's clock is used",
    explains: true,
  };
  const sure = verdict.findings.filter((one) => !open.includes(one));
  return {
    status: sure.length > 0 ? "finding" : "inconclusive",
    findings: sure.length > 0 ? sure : open,
    doubts: [...verdict.doubts, { ...doubt, explains: sure.length === 0 }],
  };
}

const assumptions = ({ by, offsetsMs }: Alignment, runs: readonly RecordedRun[]): string[] => [
  by === "redis"
    ? "The runs are set on one time by Redis's clock, which each of them read beside its slots."
    : "The runs are set on one time by their machines' own clocks, which are taken to agree; without Redis in every run nothing tells whether they do.",
  `Begun after the first: ${runs.map(({ header }, at) => `${header.id} ${((offsetsMs[at] ?? 0) / 1000).toFixed(3)} s`).join(", ")}.`,
  ...(runs.some(({ header }) => header.plan.shared)
    ? ["--shared is taken to mean these runs: other clients of the key are not in this record."]
    : []),
];
