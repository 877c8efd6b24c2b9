import type { Finding, ProbeDocument } from "../output/documents/probe.js";
import type { Article, Passage, Section } from "../output/page.js";
import { paragraph, table } from "../output/view.js";
import { loadFact, overheadFact, recoveryFact } from "../probe/facts.js";
import type { RunHeader } from "../probe/record.js";
import { toned } from "../terminal/colour.js";
import { sayMs } from "../terminal/milliseconds.js";
import type { CallRecord, ProbeEvent, SlotReading } from "../verdict/history.js";
import { latencyChart, latencyTable } from "./charts/latency.js";
import { percentileChart } from "./charts/percentiles.js";
import { timeline } from "./charts/timeline.js";
import { sayLimit, sayRequests, saySlots, TONES, verdictLines, verdictWord, whose } from "./headline.js";
import { repeatLine } from "./repeat.js";
import { callTable, readingTable, type TableBlock } from "./tables.js";

/** A run as it is told: what it found, and what it saw. */
export interface ToldRun {
  readonly header: RunHeader;
  readonly events: readonly ProbeEvent[];
  readonly document: ProbeDocument;
  /** What a reader must know of the record: that it is torn, how clocks were set. */
  readonly remarks: readonly string[];
  /** The record as it is in its file or files. */
  readonly attachment: Article["attachment"];
}

const NOTHING = {
  healthy: "No leak, no late release, no call above the limit and no refusal without cause was seen.",
  inconclusive: "Nothing was proved, neither that something is wrong nor that all is well.",
  finding: "",
};

/** Rows of calls that a page lists; of more it lists the first, and those that are evidence. */
const LISTED = 2000;

/** The page of one run: the verdict first, then what it rests on. */
export function articleOf(run: ToldRun): Article {
  const { document, attachment } = run;
  const calls = run.events.filter((event) => event.kind === "call").sort((a, b) => a.n - b.n);
  const readings = run.events.filter((event) => event.kind === "slots");
  return {
    title: `${whose(document)}, ${document.target.endpoint}: ${verdictWord(document)}`,
    status: { word: verdictWord(document), tone: TONES[document.verdict.status], lines: verdictLines(document) },
    sections: [
      summary(run),
      ...chartSections(document, calls, readings),
      evidence(document, calls),
      callSection(document, calls, readings),
      repeat(run.header),
    ],
    attachment,
  };
}

function summary({ document, remarks }: ToldRun): Section {
  const { target, plan, slots, startedAt, durationMs } = document;
  const facts: Extract<Passage, { kind: "facts" }>["facts"] = [
    ["endpoint", `${target.endpoint} of ${target.baseUrl}`],
    ["release", target.version === null ? "not told" : `LiteLLM ${target.version}`],
    ["model", target.model],
    ["limit", `max_parallel_requests ${sayLimit(document)}`],
    ["calls", `${sayRequests(document)}; ${plan.stream ? "streamed" : "not streamed"}, ${plan.ending}`],
    ["at once", `${document.peak.admitted} seen to overlap between first and last byte`],
    ["slots", saySlots(document)],
    ...loadFact(document),
    ...recoveryFact(document),
    ...overheadFact(document),
    ...(slots === null ? [] : [["key in Redis", slots.key] as const]),
    ["run", `${document.id}, begun ${startedAt}, took ${sayMs(durationMs)}`],
  ];
  return {
    id: "summary",
    title: "What was run",
    passages: [{ kind: "facts", facts }, ...remarks.map((remark) => paragraph(toned("warn", remark)))],
  };
}

/** Of one run, or side by side with others when `name` tells whose they are. */
export function chartSections(
  { id, limit, latency }: ProbeDocument,
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
  name = "",
): Section[] {
  if (calls.length === 0 && readings.length === 0) return [];
  const of = name === "" ? "" : ` of ${name}`;
  const key = name === "" ? "" : `-${id}`;
  const byPercentile = percentileChart(`percentiles-chart${key}`, calls);
  const seen: Passage[] =
    readings.length > 0
      ? [{ kind: "folded", title: "What Redis showed, as a table", table: readingTable(readings) }]
      : [];
  const alternative: Passage =
    name === ""
      ? { kind: "evidence", text: "The same as a table:", links: [{ text: "every call", to: "calls" }], names: [] }
      : { kind: "folded", title: "The calls as a table", table: callTable(calls.slice(0, LISTED), readings) };
  return [
    {
      id: `timeline${key}`,
      title: `Timeline${of}`,
      passages: [
        timeline({
          id: `timeline-chart${key}`,
          title: "Every call, and how many at once",
          calls,
          readings,
          limit: limit.value,
        }),
        alternative,
        ...seen,
      ],
    },
    {
      id: `latency${key}`,
      title: `Latency${of}`,
      passages: [
        latencyChart(`latency-chart${key}`, "How long calls took", calls),
        ...(byPercentile ? [byPercentile] : []),
        { kind: "folded", title: "The chart as a table", table: latencyTable(calls) },
        percentilePassage(latency),
      ],
    },
  ];
}

const percentilePassage = (latency: ProbeDocument["latency"]): Passage =>
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
  ) as TableBlock;

function evidence({ verdict, slots }: ProbeDocument, calls: readonly CallRecord[]): Section {
  const proved = verdict.status === "finding";
  const leaked: Passage[] =
    slots && slots.leaked.length > 0
      ? [
          table(
            [{ name: "leaked slot" }, { name: "started" }, { name: "age", align: "right" }],
            slots.leaked.map((one) => [one.id, one.startedAt, sayMs(one.ageMs)]),
          ),
        ]
      : [];
  const doubts = verdict.doubts.map(
    ({ id, text, explains }): Passage => ({
      kind: "evidence",
      text: `${id}: ${text}${explains ? " (this could explain it)" : ""}`,
      links: [],
      names: [],
    }),
  );
  return {
    id: "evidence",
    title: "Evidence",
    passages: [
      ...verdict.findings.flatMap((finding) => findingPassages(finding, proved, calls)),
      ...(verdict.findings.length === 0 ? [paragraph(NOTHING[verdict.status])] : []),
      ...leaked,
      ...(doubts.length > 0 ? [{ kind: "heading", text: "What else was seen" } as const, ...doubts] : []),
    ],
  };
}

function findingPassages(
  { kind, proof, evidence: seen }: Finding,
  proved: boolean,
  calls: readonly CallRecord[],
): Passage[] {
  const known = new Set(calls.map(({ n }) => n));
  return [
    { kind: "heading", text: `${proved ? kind : `suspected ${kind}`}: ${proof}` },
    ...seen.map(
      ({ text, calls: numbers, slots }): Passage => ({
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
): Section {
  const named = new Set(verdict.findings.flatMap(({ evidence: seen }) => seen.flatMap((one) => one.calls)));
  const listed = calls.filter((call, at) => at < LISTED || named.has(call.n));
  const left = calls.length - listed.length;
  return {
    id: "calls",
    title: "Every call",
    passages: [
      ...(left > 0
        ? [paragraph(`${left} of ${calls.length} calls are not listed here; all of them are in the data below.`)]
        : []),
      {
        kind: "long",
        title: `${listed.length} calls, in the order in which they were sent`,
        table: callTable(listed, readings),
        marks: listed.map(({ n }) => `call-${n}`),
      },
    ],
  };
}

const repeat = (header: RunHeader): Section => ({
  id: "repeat",
  title: "How to repeat it",
  passages: [{ kind: "code", text: repeatLine(header) }],
});
