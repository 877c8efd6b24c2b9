import type { ComparisonDocument } from "../output/documents/comparison.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import type { Finding } from "../verdict/result.js";

/** Compares runs, each with the first. */
export function compareRuns(runs: readonly ProbeDocument[]): ComparisonDocument {
  const findings = findingsOf(runs);
  return {
    schema: "llmctl.comparison/1",
    runs: runs.map(({ id, startedAt, target, limit, verdict, run }) => ({
      id,
      startedAt,
      target,
      limit,
      status: verdict.status,
      run,
    })),
    change: changeOf(runs, findings),
    conditions: CONDITIONS.map(([name, valueIn]) => ({ name, values: runs.map(valueIn) })).filter(
      ({ values }) => new Set(values).size > 1,
    ),
    findings,
    measures: MEASURES.map(([name, unit, measure]) => {
      const values = runs.map(measure);
      const [first, last] = [values[0], values.at(-1)];
      const both = typeof first === "number" && typeof last === "number";
      return { name, unit, values, difference: both ? round(last - first) : null };
    }).filter(({ values }) => values.some((value) => value !== null)),
  };
}

type FindingChange = ComparisonDocument["findings"][number];

/** A finding counts where the verdict is one; a suspected one makes the comparison unclear. */
function findingsOf(runs: readonly ProbeDocument[]): FindingChange[] {
  const kinds = new Set(runs.flatMap(({ verdict }) => verdict.findings.map(({ kind }) => kind)));
  return [...kinds].map((kind) => {
    const proofs = runs.map((run) => proofOf(run, kind));
    return { kind, proofs, change: findingChange(runs, proofs) };
  });
}

const proofOf = ({ verdict }: ProbeDocument, kind: Finding["kind"]): string | null =>
  verdict.status === "finding" ? (verdict.findings.find((one) => one.kind === kind)?.proof ?? null) : null;

function findingChange(runs: readonly ProbeDocument[], proofs: readonly (string | null)[]): FindingChange["change"] {
  const [before, after] = [proofs[0] != null, proofs.at(-1) != null];
  if (before && after) return "stays";
  // A run that proved nothing says nothing about a missing finding.
  const silent = runs[before ? runs.length - 1 : 0];
  if (silent?.verdict.status === "inconclusive" || (!before && !after)) return "unclear";
  return before ? "gone" : "new";
}

function changeOf(runs: readonly ProbeDocument[], findings: readonly FindingChange[]): ComparisonDocument["change"] {
  const has = (change: FindingChange["change"]) => findings.some((one) => one.change === change);
  if (has("new")) return "worse";
  const ends = [runs[0], runs.at(-1)];
  if (has("unclear") || ends.some((run) => run?.verdict.status === "inconclusive")) return "unclear";
  return has("gone") ? "better" : "same";
}

const CONDITIONS: [string, (run: ProbeDocument) => string][] = [
  ["release", ({ target }) => target.version ?? "unknown"],
  ["proxy", ({ target }) => target.baseUrl],
  ["endpoint", ({ target }) => target.endpoint],
  ["model", ({ target }) => target.model],
  ["limit", ({ limit }) => `${limit.value ?? "not found"}`],
  ["calls planned", ({ plan }) => `${plan.requests}, ${plan.concurrency} at once, ${plan.rounds} rounds`],
  ["stream", ({ plan }) => (plan.stream ? "yes" : "no")],
  ["ending", ({ plan }) => plan.ending],
  ["Redis", ({ slots }) => (slots === null ? "not read" : slots.shape)],
];

type Measure = [string, ComparisonDocument["measures"][number]["unit"], (run: ProbeDocument) => number | null];

const MEASURES: Measure[] = [
  ["sent", "calls", ({ requests }) => requests.sent],
  ["answered", "calls", ({ requests }) => requests.ok],
  ["refused", "calls", ({ requests }) => requests.rejected],
  ["failed", "calls", ({ requests }) => requests.failed],
  ["left by us", "calls", ({ requests }) => requests.aborted],
  ["overlapped at once", "calls", ({ peak }) => peak.admitted],
  ["held before", "slots", ({ slots }) => slots?.before ?? null],
  ["held at the end", "slots", ({ slots }) => slots?.after ?? null],
  ["first byte p50", "ms", ({ latency }) => latency.firstByte?.p50Ms ?? null],
  ["first byte p99", "ms", ({ latency }) => latency.firstByte?.p99Ms ?? null],
  ["first token p50", "ms", ({ latency }) => latency.firstToken?.p50Ms ?? null],
  ["first token p99", "ms", ({ latency }) => latency.firstToken?.p99Ms ?? null],
  ["whole answer p50", "ms", ({ latency }) => latency.total?.p50Ms ?? null],
  ["whole answer p99", "ms", ({ latency }) => latency.total?.p99Ms ?? null],
  ["since due p50", "ms", ({ latency }) => latency.sinceDue?.p50Ms ?? null],
  ["since due p99", "ms", ({ latency }) => latency.sinceDue?.p99Ms ?? null],
  ["between tokens p50", "ms", ({ latency }) => latency.betweenTokens?.p50Ms ?? null],
  ["recovered after", "ms", ({ recovery }) => recovery?.toMs ?? null],
];

const round = (value: number): number => Math.round(value * 10) / 10;
