import type { ProbeDocument } from "../output/documents/probe.js";
import { sayMs } from "../terminal/milliseconds.js";

/** What was measured, and its value in words. */
type Fact = [name: string, value: string];

/** What a healthy run has shown. By calls alone slots are seen to come back when they are asked for again, and after the last calls nobody asks. */
export function sayHealthy({ slots, limit, requests }: ProbeDocument): string {
  const back = slots === null ? "all slots that were asked for again had come back" : "every slot came back";
  return `${back}, and no more than ${limit.value} of ${requests.sent} calls ran at once`;
}

/** How many calls a second the load was; nothing where there was none. */
export function loadFact({ throughput, plan }: ProbeDocument): Fact[] {
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

/** The whole answer always, the rest where it was seen. */
export function latencyFacts({ latency }: ProbeDocument): Fact[] {
  return Object.entries(LATENCIES).flatMap(([name, key]): Fact[] => {
    const one = latency[key];
    if (one === null) return key === "total" ? [[name, "-"]] : [];
    const [p50, p90, p99, max] = [one.p50Ms, one.p90Ms, one.p99Ms, one.maxMs].map(sayMs);
    return [[name, `p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`]];
  });
}

/** How long room that was missing took to come back; nothing where none was. */
export function recoveryFact({ recovery }: ProbeDocument): Fact[] {
  if (recovery === null) return [];
  const { recovered, fromMs, toMs } = recovery;
  if (!recovered || toMs === null) return [["recovery", `room still missing after ${sayMs(fromMs)}`]];
  return [["recovery", `room was back between ${sayMs(fromMs)} and ${sayMs(toMs)} after our calls`]];
}

/** What the probe itself adds to the times it tells; nothing where it was not measured. */
export function overheadFact({ probeAdds }: ProbeDocument): Fact[] {
  if (probeAdds === null) return [];
  return [["the probe adds", `p50 ${sayMs(probeAdds.p50Ms)}, p99 ${sayMs(probeAdds.p99Ms)} to a call`]];
}
