import type { ComparisonDocument } from "../output/documents/comparison.js";
import {
  type Block,
  type Column,
  type Page,
  paragraph,
  section,
  state,
  type TableBlock,
  table,
} from "../output/page.js";
import { verdictLines } from "../runs/verdict-text.js";
import { type Text, type Tone, toned } from "../terminal/colour.js";
import { formatMs } from "../terminal/milliseconds.js";
import { callsAndReadings, type ReportedRun } from "./reported-run.js";
import { chartSections } from "./run-page.js";

const CHANGES = {
  same: { tone: "plain", text: "the verdict is the same" },
  better: { tone: "good", text: "the finding of the first run is gone" },
  worse: { tone: "bad", text: "the last run has a finding that the first has not" },
  unclear: { tone: "warn", text: "one of the runs proved nothing, so the verdicts cannot be compared" },
} as const satisfies Record<ComparisonDocument["change"], { tone: Tone; text: string }>;

/** Renders a comparison for the terminal. */
export function comparisonView(document: ComparisonDocument): Page {
  const { tone, text } = CHANGES[document.change];
  const blocks: Block[] = [
    paragraph(toned(tone, `${document.change.toUpperCase()}: ${text}`)),
    verdictTable(document),
    ...(document.conditions.length > 0 ? [conditionTable(document)] : []),
    ...(document.findings.length > 0 ? [findingTable(document)] : []),
    measureTable(document),
  ];
  return { blocks, rows: document.measures.map((one) => rowOf(document, one)) };
}

/** Runs side by side on one page, each with its own charts. `charts` is false for a format without charts. */
export function comparisonPage(document: ComparisonDocument, runs: readonly ReportedRun[], charts: boolean): Page {
  const names = namesOf(document);
  const { tone, text } = CHANGES[document.change];
  const [, ...blocks] = comparisonView(document).blocks;
  const verdicts = runs.map((run, at) =>
    paragraph(`${names[at]}: ${run.document.verdict.status}: ${verdictLines(run.document).join("; ")}`),
  );
  return {
    title: `${names.join(" and ")}, compared`,
    status: { word: document.change, tone, lines: [text] },
    blocks: [
      section("comparison", "What changed", [...blocks, ...verdicts]),
      ...(charts ? runs.flatMap((run, at) => chartsOf(run, names[at] ?? "")) : []),
    ],
    attachment: { name: "runs.ndjson", text: runs.map(({ attachment }) => attachment.text).join("\n") },
  };
}

function chartsOf(run: ReportedRun, name: string): Block[] {
  const { calls, readings } = callsAndReadings(run);
  return chartSections(run.document, calls, readings, name);
}

const rowOf = (
  { runs }: ComparisonDocument,
  { name, unit, values, difference }: ComparisonDocument["measures"][number],
) => ({
  name,
  unit,
  ...Object.fromEntries(runs.map(({ id }, at) => [id, values[at] ?? null])),
  difference,
});

/** A column name for each run: its release, or its id if releases are not distinct. */
function namesOf({ runs }: ComparisonDocument): string[] {
  const versions = runs.map(({ target }) => target.version);
  const distinct = versions.every((version) => version !== null) && new Set(versions).size === runs.length;
  return runs.map(({ id, target }) => (distinct ? `LiteLLM ${target.version}` : id));
}

const columns = (
  document: ComparisonDocument,
  first: string,
  last: string,
  align: Column["align"] = "left",
): Column[] => [
  { name: first },
  ...namesOf(document).map((name, at) => ({
    name,
    align,
    shrinks: align === "left",
    verbatim: name === document.runs[at]?.id,
  })),
  { name: last, align },
];

const verdictTable = ({ runs }: ComparisonDocument): TableBlock =>
  table(
    ["run", "release", "endpoint", "started", "verdict"],
    runs.map(({ id, target, startedAt, status }): Text[] => [
      id,
      target.version ?? "unknown",
      target.endpoint,
      startedAt,
      state(status),
    ]),
  );

const conditionTable = (document: ComparisonDocument): TableBlock =>
  table(
    columns(document, "not alike", "").slice(0, -1),
    document.conditions.map(({ name, values }) => [name, ...values]),
  );

const findingTable = (document: ComparisonDocument): TableBlock =>
  table(
    columns(document, "finding", "change"),
    document.findings.map(({ kind, proofs, change }) => [kind, ...proofs.map((proof) => proof ?? "-"), change]),
  );

const measureTable = (document: ComparisonDocument): TableBlock =>
  table(
    columns(document, "measure", "difference", "right"),
    document.measures.map(({ name, unit, values, difference }) => {
      const say = (value: number | null) =>
        value === null ? "-" : unit === "ms" && value >= 0 ? formatMs(value) : `${value}`;
      const sign = difference === null || difference === 0 ? "" : difference > 0 ? "+" : "-";
      return [
        `${name}${unit === "ms" ? "" : ` (${unit})`}`,
        ...values.map(say),
        difference === null ? "-" : `${sign}${say(Math.abs(difference))}`,
      ];
    }),
  );
