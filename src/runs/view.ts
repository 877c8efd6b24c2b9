import type { ProbeDocument } from "../output/documents/probe.js";
import { type Block, paragraph, state, table, type View } from "../output/view.js";
import { latencyFacts, loadFact, overheadFact, recoveryFact } from "../probe/facts.js";
import { type Text, toned } from "../terminal/colour.js";
import { sayMs } from "../terminal/milliseconds.js";
import type { CallRecord } from "../verdict/history.js";
import type { ToldRun } from "./article.js";
import { sayLimit, sayRequests, saySlots, TONES, verdictLines, verdictWord, whose } from "./headline.js";
import { callTable } from "./tables.js";

/** Calls that a terminal lists; csv and ndjson have them all. */
const LISTED = 40;

/** A run on a terminal; as rows, every call. */
export function runView({ document, events, remarks }: ToldRun): View {
  const calls = events.filter((event) => event.kind === "call").sort((a, b) => a.n - b.n);
  const readings = events.filter((event) => event.kind === "slots");
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
    ...(document.verdict.doubts.length > 0
      ? [
          paragraph(
            toned("strong", "what else was seen"),
            ...document.verdict.doubts.map(({ id, text }) => `  ${id}: ${text}`),
          ),
        ]
      : []),
    facts(document),
    ...(shown.length > 0 ? [callTable(shown, readings)] : []),
    ...(rest > 0 ? [paragraph(toned("dim", `${rest} more calls: --output csv, ndjson or html`))] : []),
    ...remarks.map((remark) => paragraph(toned("warn", remark))),
  ];
  return { blocks, rows: calls.map((call) => ({ ...call })) };
}

function headline(document: ProbeDocument): Text[] {
  const lines = verdictLines(document);
  const tone = TONES[document.verdict.status];
  const where = `${document.target.endpoint} of ${whose(document)}, model ${document.target.model}, calls ${document.plan.ending}`;
  return [
    toned(tone, `${verdictWord(document).toUpperCase()}: ${lines[0]}`),
    ...lines.slice(1).map((line) => toned(tone, `  ${line}`)),
    toned("dim", where),
  ];
}

const facts = (document: ProbeDocument): Block =>
  table(
    [{ name: "what" }, { name: "seen", shrinks: true }],
    [
      ["verdict", state(document.verdict.status)],
      ["limit", sayLimit(document)],
      ["calls", sayRequests(document)],
      ["at once", `${document.peak.admitted} seen to overlap`],
      ["slots", saySlots(document)],
      ...loadFact(document),
      ...latencyFacts(document),
      ...recoveryFact(document),
      ...overheadFact(document),
      ["took", sayMs(document.durationMs)],
      ["run", `${document.id} of ${document.startedAt}`],
    ],
  );

/** All of a short run; of a long one the calls that are evidence. */
function choose({ verdict }: ProbeDocument, calls: readonly CallRecord[]): readonly CallRecord[] {
  if (calls.length <= LISTED) return calls;
  const named = new Set(verdict.findings.flatMap(({ evidence }) => evidence.flatMap((one) => one.calls)));
  return calls.filter(({ n }) => named.has(n)).slice(0, LISTED);
}

/** One line that says it all, for `--quiet`. */
export const brief = (document: ProbeDocument): string =>
  `${document.target.endpoint}: ${verdictWord(document)}: ${verdictLines(document).join("; ")}`;
