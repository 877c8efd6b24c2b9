import type { Finding, ProbeDocument } from "../output/documents/probe.js";
import {
  type Block,
  type Page,
  paragraph,
  type SectionBlock,
  section,
  type TableBlock,
  table,
} from "../output/page.js";
import type { RunHeader } from "../probe/record.js";
import { summarise } from "../probe/summary.js";
import { TONES, targetLabel, verdictLines, verdictWord } from "../probe/verdict-text.js";
import { toned } from "../terminal/colour.js";
import { sayMs } from "../terminal/milliseconds.js";
import type { CallRecord, SlotReading } from "../verdict/history.js";
import { latencyChart, latencyTable } from "./charts/latency.js";
import { percentileChart } from "./charts/percentiles.js";
import { timeline } from "./charts/timeline.js";
import { repeatLine } from "./repeat.js";
import { callTable, readingTable } from "./tables.js";
import { eventsOf, type ToldRun } from "./told.js";

const NOTHING = {
  healthy: "No leak, no late release, no call above the limit and no refusal without cause was seen.",
  inconclusive: "Nothing was proved, neither that something is wrong nor that all is well.",
  finding: "",
};

/** Rows of calls that a page lists; of more it lists the first, and those that are evidence. */
const LISTED = 2000;

/** The page of one run: the verdict first, then what it rests on. */
export function runPage(run: ToldRun): Page {
  const { document, remarks, attachment } = run;
  const { calls, readings } = eventsOf(run);
  return {
    title: `${targetLabel(document)}, ${document.target.endpoint}: ${verdictWord(document)}`,
    status: { word: verdictWord(document), tone: TONES[document.verdict.status], lines: verdictLines(document) },
    blocks: [
      section("summary", "What was run", [
        { kind: "facts", facts: summarise(document, "page") },
        ...remarks.map((remark) => paragraph(toned("warn", remark))),
      ]),
      ...chartSections(document, calls, readings),
      evidence(document, calls),
      callSection(document, calls, readings),
      repeatSection(run.header),
    ],
    attachment,
  };
}

/** Of one run, or side by side with others when `name` tells whose they are. */
export function chartSections(
  { id, limit, latency }: ProbeDocument,
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
  name = "",
): SectionBlock[] {
  if (calls.length === 0 && readings.length === 0) return [];
  const of = name === "" ? "" : ` of ${name}`;
  const key = name === "" ? "" : `-${id}`;
  const byPercentile = percentileChart(`percentiles-chart${key}`, calls);
  const seen = readings.length > 0 ? [readingTable(readings, "What Redis showed, as a table")] : [];
  const alternative: Block =
    name === ""
      ? { kind: "evidence", text: "The same as a table:", links: [{ text: "every call", to: "calls" }] }
      : callTable(calls.slice(0, LISTED), readings, { title: "The calls as a table", show: "folded" });
  const chart = timeline({
    id: `timeline-chart${key}`,
    title: "Every call, and how many at once",
    calls,
    readings,
    limit: limit.value,
  });
  return [
    section(`timeline${key}`, `Timeline${of}`, [chart, alternative, ...seen]),
    section(`latency${key}`, `Latency${of}`, [
      latencyChart(`latency-chart${key}`, "How long calls took", calls),
      ...(byPercentile ? [byPercentile] : []),
      latencyTable(calls),
      percentiles(latency),
    ]),
  ];
}

const percentiles = (latency: ProbeDocument["latency"]): Block =>
  Object.values(latency).every((one) => one === null)
    ? paragraph("No call that counts was answered, so there are no percentiles.")
    : percentileTable(latency);

const percentileTable = (latency: ProbeDocument["latency"]): TableBlock =>
  table(
    [
      { name: "of answered calls" },
      ...["p50", "p90", "p99", "p99.9", "max"].map((name) => ({ name, align: "right" as const })),
    ],
    Object.entries({
      "first byte": latency.firstByte,
      "first token": latency.firstToken,
      "between tokens, mean of a call": latency.betweenTokens,
      "between tokens, longest of a call": latency.longestGap,
      "whole answer": latency.total,
      "whole answer, since due": latency.sinceDue,
    }).map(([name, one]) => [
      name,
      ...(one ? [one.p50Ms, one.p90Ms, one.p99Ms, one.p999Ms, one.maxMs].map(sayMs) : ["-", "-", "-", "-", "-"]),
    ]),
  );

function evidence({ verdict, slots }: ProbeDocument, calls: readonly CallRecord[]): SectionBlock {
  const proved = verdict.status === "finding";
  const leaked: Block[] =
    slots && slots.leaked.length > 0
      ? [
          table(
            [{ name: "leaked slot" }, { name: "started" }, { name: "age", align: "right" }],
            slots.leaked.map((one) => [one.id, one.startedAt, sayMs(one.ageMs)]),
          ),
        ]
      : [];
  const doubts = verdict.doubts.map(
    ({ id, text, explains }): Block => ({
      kind: "evidence",
      text: `${id}: ${text}${explains ? " (this could explain it)" : ""}`,
    }),
  );
  return section("evidence", "Evidence", [
    ...verdict.findings.flatMap((finding) => findingBlocks(finding, proved, calls)),
    ...(verdict.findings.length === 0 ? [paragraph(NOTHING[verdict.status])] : []),
    ...leaked,
    ...(doubts.length > 0 ? [{ kind: "heading", text: "What else was seen" } as const, ...doubts] : []),
  ]);
}

function findingBlocks(
  { kind, proof, evidence: seen }: Finding,
  proved: boolean,
  calls: readonly CallRecord[],
): Block[] {
  const known = new Set(calls.map(({ n }) => n));
  return [
    { kind: "heading", text: `${proved ? kind : `suspected ${kind}`}: ${proof}` },
    ...seen.map(
      ({ text, calls: numbers, slots }): Block => ({
        kind: "evidence",
        text,
        links: numbers.filter((n) => known.has(n)).map((n) => ({ text: `call ${n}`, to: `call-${n}` })),
        names: slots,
      }),
    ),
  ];
}

function callSection(
  { verdict }: ProbeDocument,
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
): SectionBlock {
  const named = new Set(verdict.findings.flatMap(({ evidence: seen }) => seen.flatMap((one) => one.calls)));
  const listed = calls.filter((call, at) => at < LISTED || named.has(call.n));
  const left = calls.length - listed.length;
  const title = `${listed.length} calls, in the order in which they were sent`;
  return section("calls", "Every call", [
    ...(left > 0
      ? [paragraph(`${left} of ${calls.length} calls are not listed here; all of them are in the data below.`)]
      : []),
    callTable(listed, readings, { title, show: "scrolling", rowIds: listed.map(({ n }) => `call-${n}`) }),
  ]);
}

/** What to type to do the same again. */
export const repeatSection = (header: RunHeader): SectionBlock =>
  section("repeat", "How to repeat it", [{ kind: "code", text: repeatLine(header) }]);
