import { leaksOf } from "../litellm/releases.js";
import type { ProbeDocument } from "../output/documents/probe.js";
import { type Block, type Page, paragraph, type SectionBlock, section, table } from "../output/page.js";
import { hostReplacements, type NamedHost, redactHostsIn } from "../output/redact-hosts.js";
import { ENDPOINT_NAMES, endpoints } from "../probe/endpoints/index.js";
import { summarise } from "../probe/summary.js";
import { TONES, verdictLines, verdictWord } from "../probe/verdict-text.js";
import { sayMs } from "../terminal/milliseconds.js";
import type { CallRecord, SlotReading } from "../verdict/history.js";
import { repeatSection } from "./run-page.js";
import { callTable, readingTable } from "./tables.js";
import { eventsOf, type ToldRun } from "./told.js";

/** Calls and readings that an issue can bear. */
const LISTED = 60;

/** A run as the text of an issue: enough to believe it and to repeat it, and nothing of whose machines they were. */
export function bugReport(told: ToldRun): Page {
  const run = withoutHosts([told])[0] as ToldRun;
  const { header, document, remarks } = run;
  const { target, verdict } = document;
  const { calls, readings } = eventsOf(run);
  const release = target.version === null ? "an unknown release" : `LiteLLM ${target.version}`;
  return {
    title: `${target.endpoint} of ${release}: ${verdictWord(document)}`,
    status: { word: verdict.status, tone: TONES[verdict.status], lines: verdictLines(document) },
    blocks: [
      section("run", "What was run", [
        { kind: "facts", facts: summarise(document, "issue") },
        ...knownAs(document),
        ...remarks.map((one) => paragraph(one)),
      ]),
      evidenceSection(document),
      callsSection(document, calls, readings),
      repeatSection(header),
    ],
  };
}

/**
 * The same runs without an address. The proxy and Redis have names instead, by which a reader tells two of them apart; what else a server wrote
 * into its answers is only marked.
 */
export function withoutHosts(runs: readonly ToldRun[]): ToldRun[] {
  const replacements = hostReplacements([
    ...namedHosts(
      runs.map(({ header }) => header.target.baseUrl),
      "the-proxy",
    ),
    ...namedHosts(
      runs.map(({ header }) => header.redis?.address ?? ""),
      "the-redis",
    ),
  ]);
  return runs.map((run) => ({
    ...run,
    header: redactHostsIn(run.header, replacements),
    events: redactHostsIn(run.events, replacements),
    document: redactHostsIn(run.document, replacements),
  }));
}

/** `the-proxy`, and `the-proxy-2` where there is a second one. */
function namedHosts(addresses: readonly string[], word: string): NamedHost[] {
  const urls = addresses.filter((one) => URL.canParse(one)).map((one) => new URL(one));
  const hosts = new Map(urls.filter(({ host }) => host !== "").map((url) => [url.host, url]));
  return [...hosts.values()].map(({ hostname, port }, at) => ({
    host: hostname,
    port: Number(port),
    word: at === 0 ? word : `${word}-${at + 1}`,
  }));
}

/** What this release is already known for on this endpoint. */
function knownAs({ target, verdict }: ProbeDocument): Block[] {
  if (target.version === null || verdict.status !== "finding") return [];
  const name = ENDPOINT_NAMES.find((one) => endpoints[one].path === target.endpoint);
  const known = leaksOf(target.version).filter((leak) => name !== undefined && leak.endpoints.includes(name));
  return known.map(({ text, fixedIn, link }) =>
    paragraph(
      `Known of this release: ${text}${fixedIn ? `; not seen any more in ${fixedIn}` : ""}${link ? ` (${link})` : ""}.`,
    ),
  );
}

function evidenceSection({ verdict, slots }: ProbeDocument): SectionBlock {
  const rows = verdict.findings.flatMap(({ kind, proof, evidence }) => [
    [kind, proof, ""],
    ...evidence.map((one) => ["", one.text, one.calls.length > 0 ? one.calls.join(", ") : "-"]),
  ]);
  const leaked = slots?.leaked ?? [];
  const found = verdict.status === "finding" ? "finding" : "suspected";
  return section("evidence", "Evidence", [
    rows.length > 0
      ? table([{ name: found }, { name: "what was seen" }, { name: "calls" }], rows)
      : paragraph("No finding."),
    ...(leaked.length > 0
      ? [
          table(
            [{ name: "slot left behind" }, { name: "started" }, { name: "age" }],
            leaked.slice(0, LISTED).map((one) => [one.id, one.startedAt, sayMs(one.ageMs)]),
          ),
        ]
      : []),
    ...verdict.doubts.map(
      ({ id, text, explains }): Block => ({
        kind: "evidence",
        text: `${explains ? "could explain it: " : "also seen: "}${id}: ${text}`,
      }),
    ),
  ]);
}

function callsSection(
  { verdict }: ProbeDocument,
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
): SectionBlock {
  const named = new Set(verdict.findings.flatMap(({ evidence }) => evidence.flatMap((one) => one.calls)));
  const proving = named.size > 0 && calls.length > LISTED ? calls.filter(({ n }) => named.has(n)) : calls;
  const shown = proving.slice(0, LISTED);
  const seen = readingTable(readings, "What Redis held");
  return section("calls", named.size > 0 ? "The calls that prove it" : "The calls", [
    callTable(shown, readings),
    ...(shown.length < calls.length
      ? [paragraph(`${calls.length - shown.length} more calls are in the run file.`)]
      : []),
    ...(readings.length > 0 ? [{ ...seen, rows: seen.rows.slice(0, LISTED) }] : []),
  ]);
}
