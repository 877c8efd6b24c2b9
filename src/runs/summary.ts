import type { ProbeDocument } from "../output/documents/probe.js";
import { type Fact, shrinking, state, type TableBlock, table } from "../output/page.js";
import { formatDuration } from "../terminal/duration.js";
import { formatMs } from "../terminal/milliseconds.js";

/** Short for a terminal; complete for an issue; for a page without the latency, which has its own tables. */
export type Detail = "terminal" | "page" | "issue";

/** Summarises a run in a few rows: the target, what was sent, what was seen. */
export function summarise(document: ProbeDocument, detail: Detail): Fact[] {
  const { target, plan, limit, requests, slots, peak, id, startedAt, durationMs } = document;
  const short = detail === "terminal";
  const calls = `${requests.sent} sent: ${requests.ok} ${short ? "ok" : "answered"}, ${requests.rejected} refused, ${requests.failed} failed, ${requests.aborted} ${short ? "left" : "left by us"}`;
  const measured = [
    ...loadFact(document),
    ...(detail === "page" ? [] : latencyFacts(document)),
    ...recoveryFact(document),
    ...overheadFact(document),
  ];
  if (short) {
    return [
      ["verdict", state(document.verdict.status)],
      ["limit", limit.value === null ? "not found" : `${limit.value} (${limit.source})`],
      ["calls", calls],
      ["at once", `${peak.admitted} seen to overlap`],
      ["slots", slots ? `${slots.before} before, ${slots.after} after (${slots.shape})` : whyUnseen(document)],
      ...measured,
      ["took", formatDuration(durationMs)],
    ];
  }
  return [
    ["release", target.version === null ? "unknown" : `LiteLLM ${target.version}`],
    [
      "endpoint",
      `POST ${target.endpoint} of ${target.baseUrl}, ${plan.stream ? "streamed" : "not streamed"}, calls ${plan.ending}`,
    ],
    ["model", target.model],
    ["limit", `max_parallel_requests ${limit.value === null ? "not found" : `${limit.value} (from ${limit.source})`}`],
    ["calls", calls],
    ["at once", `${peak.admitted} seen to overlap between first and last byte`],
    [
      "slots",
      slots
        ? `${slots.before} held before the first call, ${slots.after} at the end (${slots.shape})`
        : whyUnseen(document),
    ],
    ...measured,
    ...(slots ? [["key in Redis", slots.key] as const] : []),
    ["run", `${id}, begun ${startedAt}, took ${formatMs(durationMs)}`],
  ];
}

/** The summary on a terminal, with additional rows of a command. */
export const summaryTable = (document: ProbeDocument, more: readonly Fact[] = []): TableBlock =>
  table(["what", shrinking("seen")], [...summarise(document, "terminal"), ...more]);

function whyUnseen({ run, target, redisAway }: ProbeDocument): string {
  if (run === "") return "not looked at";
  if (target.litellm === false) return "cannot be seen: no LiteLLM";
  return redisAway ? "not seen: Redis did not answer" : "no Redis given";
}

/** Calls a second of the load; empty without one. */
function loadFact({ throughput, plan }: ProbeDocument): Fact[] {
  if (throughput === null || plan.load === null) return [];
  const { offeredPerS, sentPerS, admittedPerS } = throughput;
  const how =
    offeredPerS === null ? `${plan.load.callers ?? "twice the limit as"} callers` : `a rate of ${offeredPerS}/s`;
  return [["load", `${how}: ${sentPerS} sent and ${admittedPerS} admitted a second`]];
}

const LATENCIES = {
  latency: "total",
  "since due": "sinceDue",
  "first token": "firstToken",
  "between tokens": "betweenTokens",
  "longest gap": "longestGap",
} as const;

/** The whole answer always, the rest where it was measured. */
function latencyFacts({ latency }: ProbeDocument): Fact[] {
  return Object.entries(LATENCIES).flatMap(([name, key]): Fact[] => {
    const one = latency[key];
    if (one === null) return key === "total" ? [[name, "-"]] : [];
    const [p50, p90, p99, max] = [one.p50Ms, one.p90Ms, one.p99Ms, one.maxMs].map(formatMs);
    return [[name, `p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`]];
  });
}

/** How long missing capacity took to come back; empty when none was missing. */
function recoveryFact({ recovery }: ProbeDocument): Fact[] {
  if (recovery === null) return [];
  const { recovered, fromMs, toMs } = recovery;
  if (!recovered || toMs === null) return [["recovery", `room still missing after ${formatMs(fromMs)}`]];
  return [["recovery", `room was back between ${formatMs(fromMs)} and ${formatMs(toMs)} after our calls`]];
}

/** What the probe itself adds to its times; empty when it was not measured. */
function overheadFact({ probeAdds }: ProbeDocument): Fact[] {
  if (probeAdds === null) return [];
  return [["the probe adds", `p50 ${formatMs(probeAdds.p50Ms)}, p99 ${formatMs(probeAdds.p99Ms)} to a call`]];
}
