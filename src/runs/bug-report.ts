import { leaksOf } from "../litellm/releases.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import type { Article, Passage, Section } from "../output/page.js";
import { paragraph, table } from "../output/view.js";
import { ENDPOINT_NAMES, endpoints } from "../probe/endpoints/index.js";
import { latencyFacts, loadFact, overheadFact, recoveryFact } from "../probe/facts.js";
import { sayMs } from "../terminal/milliseconds.js";
import type { CallRecord, SlotReading } from "../verdict/history.js";
import type { ToldRun } from "./article.js";
import { sayLimit, sayRequests, saySlots, TONES, verdictLines, verdictWord } from "./headline.js";
import { repeatLine } from "./repeat.js";
import { callTable, readingTable } from "./tables.js";
import { withoutHosts } from "./without-hosts.js";

/** Calls and readings that an issue can bear. */
const LISTED = 60;

/** A run as the text of an issue: enough to believe it and to repeat it, and nothing of whose machines they were. */
export function bugReport(run: ToldRun): Article {
  const [{ header, document, events, remarks } = run] = withoutHosts([run]);
  const { target, verdict } = document;
  const calls = events.filter((event) => event.kind === "call").sort((a, b) => a.n - b.n);
  const readings = events.filter((event) => event.kind === "slots");
  const release = target.version === null ? "an unknown release" : `LiteLLM ${target.version}`;
  return {
    title: `${target.endpoint} of ${release}: ${verdictWord(document)}`,
    status: { word: verdict.status, tone: TONES[verdict.status], lines: verdictLines(document) },
    sections: [
      whatWasRun(document, remarks),
      evidenceSection(document),
      callsSection(document, calls, readings),
      { id: "repeat", title: "How to repeat it", passages: [{ kind: "code", text: repeatLine(header) }] },
    ],
    attachment: null,
  };
}

function whatWasRun(document: ProbeDocument, remarks: readonly string[]): Section {
  const { target, plan, slots, startedAt, durationMs } = document;
  const facts: [string, string][] = [
    ["release", target.version === null ? "not told" : `LiteLLM ${target.version}`],
    ["endpoint", `POST ${target.endpoint}, ${plan.stream ? "streamed" : "not streamed"}, calls ${plan.ending}`],
    ["model", target.model],
    ["limit", `max_parallel_requests ${sayLimit(document)}`],
    ["calls", sayRequests(document)],
    ["at once", `${document.peak.admitted} seen to overlap between first and last byte`],
    ["slots", saySlots(document)],
    ...loadFact(document),
    ...latencyFacts(document),
    ...recoveryFact(document),
    ...overheadFact(document),
    ...(slots === null ? [] : [["key in Redis", shortened(slots.key)] as [string, string]]),
    ["when", `${startedAt}, for ${sayMs(durationMs)}`],
  ];
  return {
    id: "run",
    title: "What was run",
    passages: [{ kind: "facts", facts }, ...knownAs(document), ...remarks.map((one) => paragraph(one))],
  };
}

/** What this release is already known for on this endpoint. */
function knownAs({ target, verdict }: ProbeDocument): Passage[] {
  if (target.version === null || verdict.status !== "finding") return [];
  const name = ENDPOINT_NAMES.find((one) => endpoints[one].path === target.endpoint);
  const known = leaksOf(target.version).filter((leak) => name !== undefined && leak.endpoints.includes(name));
  return known.map(({ text, fixedIn, link }) =>
    paragraph(
      `Known of this release: ${text}${fixedIn ? `; not seen any more in ${fixedIn}` : ""}${link ? ` (${link})` : ""}.`,
    ),
  );
}

function evidenceSection({ verdict, slots }: ProbeDocument): Section {
  const rows = verdict.findings.flatMap(({ kind, proof, evidence }) => [
    [kind, proof, ""],
    ...evidence.map((one) => ["", one.text, one.calls.length > 0 ? one.calls.join(", ") : "-"]),
  ]);
  const leaked = slots?.leaked ?? [];
  return {
    id: "evidence",
    title: "Evidence",
    passages: [
      ...(rows.length > 0
        ? [
            table(
              [
                { name: verdict.status === "finding" ? "finding" : "suspected" },
                { name: "what was seen" },
                { name: "calls" },
              ],
              rows,
            ),
          ]
        : [paragraph("No finding.")]),
      ...(leaked.length > 0
        ? [
            table(
              [{ name: "slot left behind" }, { name: "started" }, { name: "age" }],
              leaked.slice(0, LISTED).map((one) => [one.id, one.startedAt, sayMs(one.ageMs)]),
            ),
          ]
        : []),
      ...verdict.doubts.map(
        ({ id, text, explains }): Passage => ({
          kind: "evidence",
          text: `${explains ? "could explain it: " : "also seen: "}${id}: ${text}`,
          links: [],
          names: [],
        }),
      ),
    ],
  };
}

function callsSection(
  { verdict }: ProbeDocument,
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
): Section {
  const named = new Set(verdict.findings.flatMap(({ evidence }) => evidence.flatMap((one) => one.calls)));
  const proving = named.size > 0 && calls.length > LISTED ? calls.filter(({ n }) => named.has(n)) : calls;
  const shown = proving.slice(0, LISTED);
  const seen = readingTable(readings);
  return {
    id: "calls",
    title: named.size > 0 ? "The calls that prove it" : "The calls",
    passages: [
      callTable(shown, readings),
      ...(shown.length < calls.length
        ? [paragraph(`${calls.length - shown.length} more calls are in the run file.`)]
        : []),
      ...(readings.length > 0
        ? [{ kind: "folded", title: "What Redis held", table: { ...seen, rows: seen.rows.slice(0, LISTED) } } as const]
        : []),
    ],
  };
}

const shortened = (text: string): string => text.replace(/[0-9a-f]{64}/g, (hash) => `${hash.slice(0, 12)}…`);
