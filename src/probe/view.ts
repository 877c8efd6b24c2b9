import type { ProbeDocument } from "../output/documents/probe.js";
import { type Block, type Page, paragraph, type Row } from "../output/page.js";
import { summaryTable } from "../runs/summary.js";
import { describeHealthy, doubtBlocks, TONES } from "../runs/verdict-text.js";
import { type Text, toned } from "../terminal/colour.js";
import type { Finding } from "../verdict/result.js";

/** Renders the document of a run for the terminal. */
export function view(document: ProbeDocument): Page {
  const { verdict, run } = document;
  const findings = verdict.findings.flatMap((finding) => findingBlocks(finding, verdict.status === "finding"));
  const blocks = [
    paragraph(...headline(document)),
    ...findings,
    ...doubtBlocks(document),
    summaryTable(document),
    ...(run === "" ? [] : [paragraph(...nextSteps(document), toned("dim", `log: ${run}`))]),
  ];
  return { blocks, rows: rowsOf(document) };
}

/** A one-line summary, which `--quiet` prints. */
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
  return [toned(TONES[verdict.status], `${verdict.status.toUpperCase()}: ${summary(document)}`), where];
}

function summary(document: ProbeDocument): string {
  const { verdict } = document;
  if (verdict.status === "finding") return verdict.findings.map(({ kind }) => kind).join(", ");
  if (verdict.status === "healthy") return describeHealthy(document);
  const reasons = verdict.doubts.filter(({ explains }) => explains).map(({ id }) => id);
  return reasons.length > 0 ? reasons.join(", ") : "nothing was proved";
}

function findingBlocks({ kind, proof, evidence }: Finding, proved: boolean): Block[] {
  const title = toned("strong", proved ? `${kind}: ${proof}` : `suspected ${kind}: ${proof}`);
  const lines = evidence.map(({ text, slots }): Text => `  ${text}${slots.length > 0 ? `: ${slots.join(" ")}` : ""}`);
  return [paragraph(title, ...lines)];
}

function nextSteps({ verdict, slots, target }: ProbeDocument): Text[] {
  const stuck = verdict.findings.some(({ kind }) => kind === "leak") && target.litellm !== false;
  if (!stuck) return [];
  const line = slots === null ? "llmctl doctor --redis-url redis://host:6379" : "llmctl doctor";
  return [`To see what holds the key, and free it:`, toned("command", `  ${line}`)];
}

function rowsOf({ verdict, target, plan }: ProbeDocument): Row[] {
  const { status, findings } = verdict;
  if (findings.length === 0) {
    return [{ status, kind: null, endpoint: target.endpoint, ending: plan.ending, proof: null }];
  }
  return findings.map(({ kind, endpoint, ending, proof }) => ({ status, kind, endpoint, ending, proof }));
}
