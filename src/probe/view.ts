import type { Finding, ProbeDocument } from "../output/documents/probe.js";
import { type Block, paragraph, state, table, type View } from "../output/view.js";
import { type Text, toned } from "../terminal/colour.js";
import { sayDuration } from "../terminal/duration.js";
import { latencyFacts, loadFact, overheadFact, recoveryFact, sayHealthy } from "./facts.js";

export function view(document: ProbeDocument): View {
  const { verdict, run } = document;
  const findings = verdict.findings.flatMap((finding) => findingBlocks(finding, verdict.status === "finding"));
  const blocks = [
    paragraph(...headline(document)),
    ...findings,
    ...doubtBlock(document),
    numbers(document),
    ...(run === "" ? [] : [paragraph(...nextSteps(document), toned("dim", `every call is in ${run}`))]),
  ];
  return { blocks, rows: rowsOf(document) };
}

/** One line that says it all, also what `--quiet` prints. */
export function brief({ verdict, target }: ProbeDocument): string {
  const kinds = verdict.findings.map(({ kind }) => kind).join(", ");
  const what = verdict.status === "finding" ? kinds : verdict.status;
  const proof = verdict.findings[0]?.proof;
  return `${target.endpoint}: ${what}${proof && verdict.status === "finding" ? `: ${proof}` : ""}`;
}

function headline(document: ProbeDocument): Text[] {
  const { verdict, target } = document;
  const version = target.version ? ` (LiteLLM ${target.version})` : "";
  const where = toned(
    "dim",
    `${target.endpoint} of ${target.baseUrl}${version}, model ${target.model}, calls ${document.plan.ending}`,
  );
  const word = { healthy: "healthy", finding: "finding", inconclusive: "inconclusive" }[verdict.status];
  const tone = { healthy: "good", finding: "bad", inconclusive: "warn" } as const;
  return [toned(tone[verdict.status], `${word.toUpperCase()}: ${summary(document)}`), where];
}

function summary(document: ProbeDocument): string {
  const { verdict } = document;
  if (verdict.status === "finding") return verdict.findings.map(({ kind }) => kind).join(", ");
  if (verdict.status === "healthy") return sayHealthy(document);
  const reasons = verdict.doubts.filter(({ explains }) => explains).map(({ id }) => id);
  return reasons.length > 0 ? reasons.join(", ") : "nothing was proved";
}

function findingBlocks({ kind, proof, evidence }: Finding, proved: boolean): Block[] {
  const title = toned("strong", proved ? `${kind}: ${proof}` : `suspected ${kind}: ${proof}`);
  const lines = evidence.map(({ text, slots }): Text => `  ${text}${slots.length > 0 ? `: ${slots.join(" ")}` : ""}`);
  return [paragraph(title, ...lines)];
}

function doubtBlock({ verdict }: ProbeDocument): Block[] {
  if (verdict.doubts.length === 0) return [];
  const lines = verdict.doubts.map(({ id, text, explains }): Text => {
    const line = `  ${id}: ${text}`;
    return explains ? toned("warn", line) : line;
  });
  return [paragraph(toned("strong", "what else was seen"), ...lines)];
}

function numbers(document: ProbeDocument): Block {
  const { requests, slots, peak, limit, durationMs } = document;
  const rows: [string, Text][] = [
    ["verdict", state(document.verdict.status)],
    ["limit", limit.value === null ? "not found" : `${limit.value} (${limit.source})`],
    [
      "calls",
      `${requests.sent} sent: ${requests.ok} ok, ${requests.rejected} refused, ${requests.failed} failed, ${requests.aborted} left`,
    ],
    ["at once", `${peak.admitted} seen to overlap`],
    ["slots", slots === null ? sayUnseen(document) : `${slots.before} before, ${slots.after} after (${slots.shape})`],
    ...loadFact(document),
    ...latencyFacts(document),
    ...recoveryFact(document),
    ...overheadFact(document),
    ["took", sayDuration(durationMs)],
  ];
  return table([{ name: "what" }, { name: "seen", shrinks: true }], rows);
}

/** Why no slots were seen. */
function sayUnseen({ run, target, redisAway }: ProbeDocument): string {
  if (run === "") return "not looked at";
  if (target.litellm === false) return "cannot be seen: no LiteLLM";
  return redisAway ? "not seen: Redis did not answer" : "no Redis given";
}

function nextSteps({ verdict, slots, target }: ProbeDocument): Text[] {
  const stuck = verdict.findings.some(({ kind }) => kind === "leak") && target.litellm !== false;
  if (!stuck) return [];
  const line = slots === null ? "llmctl doctor --redis-url redis://host:6379" : "llmctl doctor";
  return [`To see what holds the key, and free it:`, toned("command", `  ${line}`)];
}

function rowsOf({ verdict, target, plan }: ProbeDocument): View["rows"] {
  const { status, findings } = verdict;
  if (findings.length === 0) {
    return [{ status, kind: null, endpoint: target.endpoint, ending: plan.ending, proof: null }];
  }
  return findings.map(({ kind, endpoint, ending, proof }) => ({ status, kind, endpoint, ending, proof }));
}
