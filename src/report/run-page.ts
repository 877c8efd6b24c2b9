import { leaksOf } from "../litellm/releases.js";
import { ENDPOINT_NAMES, endpoints } from "../llm/endpoints/index.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import {
  type Block,
  type Page,
  paragraph,
  right,
  type SectionBlock,
  section,
  type TableBlock,
  table,
} from "../output/page.js";
import { summarise } from "../runs/summary.js";
import { TONES, targetLabel, verdictLines, verdictWord } from "../runs/verdict-text.js";
import { toned } from "../terminal/colour.js";
import { formatMs } from "../terminal/milliseconds.js";
import type { CallRecord, SlotReading } from "../verdict/events.js";
import { latencyChart, latencyTable } from "./charts/latency.js";
import { percentileChart } from "./charts/percentiles.js";
import { timeline } from "./charts/timeline.js";
import { repeatLine } from "./repeat-command.js";
import { callsAndReadings, type ReportedRun } from "./reported-run.js";
import { callTable, readingTable } from "./tables.js";

const NOTHING = {
  healthy: "No leak, no late release, no call above the limit and no refusal without cause was seen.",
  inconclusive: "Nothing was proved, neither that something is wrong nor that all is well.",
  finding: "",
};

/** A page of HTML, or the text of an issue: enough to check and repeat the run, without charts. */
type Audience = "page" | "issue";

/** The most rows of calls, readings or slots that are listed. */
const LISTED = { page: 2000, issue: 60 } as const satisfies Record<Audience, number>;

/** The page of one run: the verdict first, then its evidence. For an issue, pass a run without addresses. */
export function runPage(run: ReportedRun, audience: Audience): Page {
  const { header, document, remarks, attachment } = run;
  const { calls, readings } = callsAndReadings(run);
  const listed = choose(document, calls, audience);
  return {
    title: `${document.target.endpoint} of ${targetLabel(document)}: ${verdictWord(document)}`,
    status: { word: verdictWord(document), tone: TONES[document.verdict.status], lines: verdictLines(document) },
    blocks: [
      section("summary", "What was run", [
        { kind: "facts", facts: summarise(document, audience) },
        ...(audience === "issue" ? knownLeaks(document) : []),
        ...remarks.map((remark) => paragraph(toned("warn", remark))),
      ]),
      ...(audience === "page" ? chartSections(document, calls, readings) : []),
      evidenceSection(document, listed, LISTED[audience]),
      callSection(listed, calls.length, readings, audience),
      section("repeat", "How to repeat it", [{ kind: "code", text: repeatLine(header) }]),
    ],
    attachment,
  };
}

/** Of too many calls, a page lists the first and those that are evidence, an issue only the latter. */
function choose({ verdict }: ProbeDocument, calls: readonly CallRecord[], audience: Audience): readonly CallRecord[] {
  const most = LISTED[audience];
  if (calls.length <= most) return calls;
  const named = new Set(verdict.findings.flatMap(({ evidence }) => evidence.flatMap((one) => one.calls)));
  if (audience === "page") return calls.filter((call, at) => at < most || named.has(call.n));
  return (named.size > 0 ? calls.filter(({ n }) => named.has(n)) : calls).slice(0, most);
}

/** The known leaks of this release on this endpoint. */
function knownLeaks({ target, verdict }: ProbeDocument): Block[] {
  if (target.version === null || verdict.status !== "finding") return [];
  const name = ENDPOINT_NAMES.find((one) => endpoints[one].path === target.endpoint);
  const known = leaksOf(target.version).filter((leak) => name !== undefined && leak.endpoints.includes(name));
  return known.map(({ text, fixedIn, link }) =>
    paragraph(
      `Known of this release: ${text}${fixedIn ? `; not seen any more in ${fixedIn}` : ""}${link ? ` (${link})` : ""}.`,
    ),
  );
}

/** The charts of one run. `name` labels them when several runs are compared. */
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
      : callTable(calls.slice(0, LISTED.page), readings, { title: "The calls as a table", show: "folded" });
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
    ["of answered calls", ...["p50", "p90", "p99", "p99.9", "max"].map(right)],
    Object.entries({
      "first byte": latency.firstByte,
      "first token": latency.firstToken,
      "between tokens, mean of a call": latency.betweenTokens,
      "between tokens, longest of a call": latency.longestGap,
      "whole answer": latency.total,
      "whole answer, since due": latency.sinceDue,
    }).map(([name, one]) => [
      name,
      ...(one ? [one.p50Ms, one.p90Ms, one.p99Ms, one.p999Ms, one.maxMs].map(formatMs) : ["-", "-", "-", "-", "-"]),
    ]),
  );

function evidenceSection({ verdict, slots }: ProbeDocument, listed: readonly CallRecord[], most: number): SectionBlock {
  const ids = new Set(listed.map(({ n }) => n));
  const proved = verdict.status === "finding";
  const leaked = slots?.leaked.slice(0, most) ?? [];
  return section("evidence", "Evidence", [
    ...verdict.findings.flatMap(({ kind, proof, evidence }): Block[] => [
      { kind: "heading", text: `${proved ? kind : `suspected ${kind}`}: ${proof}` },
      ...evidence.map(
        ({ text, calls, slots: names }): Block => ({
          kind: "evidence",
          text,
          links: calls.filter((n) => ids.has(n)).map((n) => ({ text: `call ${n}`, to: `call-${n}` })),
          names,
        }),
      ),
    ]),
    ...(verdict.findings.length === 0 ? [paragraph(NOTHING[verdict.status])] : []),
    ...(leaked.length > 0
      ? [
          table(
            ["leaked slot", "started", right("age")],
            leaked.map((one) => [one.id, one.startedAt, formatMs(one.ageMs)]),
          ),
        ]
      : []),
    ...(verdict.doubts.length > 0 ? [{ kind: "heading", text: "What else was seen" } as const] : []),
    ...verdict.doubts.map(
      ({ id, text, explains }): Block => ({
        kind: "evidence",
        text: `${id}: ${text}${explains ? " (this could explain it)" : ""}`,
      }),
    ),
  ]);
}

function callSection(
  listed: readonly CallRecord[],
  count: number,
  readings: readonly SlotReading[],
  audience: Audience,
): SectionBlock {
  const left = count - listed.length;
  const rest = audience === "page" ? "the data below" : "the run file";
  const title = `${listed.length} calls, in the order in which they were sent`;
  return section("calls", "Every call", [
    ...(left > 0 ? [paragraph(`${left} of ${count} calls are not listed here; all of them are in ${rest}.`)] : []),
    callTable(listed, readings, { title, show: "scrolling", rowIds: listed.map(({ n }) => `call-${n}`) }),
    ...(audience === "issue" && readings.length > 0 ? [readingTable(readings, "What Redis held", LISTED.issue)] : []),
  ]);
}
