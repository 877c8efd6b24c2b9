import type { ProbeDocument } from "../output/documents/probe.js";
import { type Block, type Page, paragraph } from "../output/page.js";
import { summaryTable } from "../runs/summary.js";
import { doubtBlocks, TONES, targetLabel, verdictLines, verdictWord } from "../runs/verdict-text.js";
import { type Text, toned } from "../terminal/colour.js";
import type { CallRecord } from "../verdict/events.js";
import { callsAndReadings, type ReportedRun } from "./reported-run.js";
import { callTable } from "./tables.js";

/** The most calls that a terminal lists; csv and ndjson have them all. */
const LISTED = 40;

/** Renders a run for the terminal; as rows, every call. */
export function runView(run: ReportedRun): Page {
  const { document, remarks } = run;
  const { calls, readings } = callsAndReadings(run);
  const shown = choose(document, calls);
  const rest = calls.length - shown.length;
  const blocks: Block[] = [
    paragraph(...headline(document)),
    ...document.verdict.findings.map(({ kind, evidence }) =>
      paragraph(
        toned("strong", `evidence of ${kind}`),
        ...evidence.map(({ text, slots }): Text => `  ${[text, ...slots].join(" ")}`),
      ),
    ),
    ...doubtBlocks(document),
    summaryTable(document, [["run", `${document.id} of ${document.startedAt}`]]),
    ...(shown.length > 0 ? [callTable(shown, readings)] : []),
    ...(rest > 0 ? [paragraph(toned("dim", `${rest} more calls: --output csv, ndjson or html`))] : []),
    ...remarks.map((remark) => paragraph(toned("warn", remark))),
  ];
  return { blocks, rows: calls.map((call) => ({ ...call })) };
}

function headline(document: ProbeDocument): Text[] {
  const lines = verdictLines(document);
  const tone = TONES[document.verdict.status];
  const where = `${document.target.endpoint} of ${targetLabel(document)}, model ${document.target.model}, calls ${document.plan.ending}`;
  return [
    toned(tone, `${verdictWord(document).toUpperCase()}: ${lines[0]}`),
    ...lines.slice(1).map((line) => toned(tone, `  ${line}`)),
    toned("dim", where),
  ];
}

/** All calls of a short run; of a long one those that are evidence. */
function choose({ verdict }: ProbeDocument, calls: readonly CallRecord[]): readonly CallRecord[] {
  if (calls.length <= LISTED) return calls;
  const named = new Set(verdict.findings.flatMap(({ evidence }) => evidence.flatMap((one) => one.calls)));
  return calls.filter(({ n }) => named.has(n)).slice(0, LISTED);
}

/** A one-line summary for `--quiet`. */
export const brief = (document: ProbeDocument): string =>
  `${document.target.endpoint}: ${verdictWord(document)}: ${verdictLines(document).join("; ")}`;
