import type { ProbeDocument } from "../output/documents/probe.js";
import { paragraph, type TextBlock } from "../output/page.js";
import { type Text, type Tone, toned } from "../terminal/colour.js";

/** The tone of each status. */
export const TONES = { healthy: "good", finding: "bad", inconclusive: "warn" } as const satisfies Record<
  ProbeDocument["verdict"]["status"],
  Tone
>;

/** The target's label: `LiteLLM 1.79.1`, or the address of an unidentified server. */
export const targetLabel = ({ target }: { target: Pick<ProbeDocument["target"], "version" | "baseUrl"> }): string =>
  target.version === null ? target.baseUrl : `LiteLLM ${target.version}`;

/** Describes what a healthy run has shown. Without Redis a slot counts as returned only when a later call gets it. */
export function describeHealthy({ slots, limit, requests }: ProbeDocument): string {
  const back = slots === null ? "all slots that were asked for again had come back" : "every slot came back";
  return `${back}, and no more than ${limit.value} of ${requests.sent} calls ran at once`;
}

/** The verdict in one word: the finding, or `healthy` or `inconclusive`. */
export function verdictWord({ verdict }: ProbeDocument): string {
  const kinds = [...new Set(verdict.findings.map(({ kind }) => kind))];
  return verdict.status === "finding" ? kinds.join(", ") : verdict.status;
}

/** A sentence for each finding, or for each obstacle to one. */
export function verdictLines(document: ProbeDocument): string[] {
  const { verdict } = document;
  const proofs = verdict.findings.map(({ proof }) => proof);
  if (verdict.status === "finding") return proofs;
  if (verdict.status === "healthy") return [describeHealthy(document)];
  const reasons = verdict.doubts.filter(({ explains }) => explains).map(({ text }) => text);
  return [...proofs.map((proof) => `suspected: ${proof}`), ...(reasons.length > 0 ? reasons : ["nothing was proved"])];
}

/** Doubts for a terminal; those that could explain the finding are highlighted. */
export function doubtBlocks({ verdict }: ProbeDocument): TextBlock[] {
  if (verdict.doubts.length === 0) return [];
  const lines = verdict.doubts.map(({ id, text, explains }): Text => {
    const line = `  ${id}: ${text}`;
    return explains ? toned("warn", line) : line;
  });
  return [paragraph(toned("strong", "notes"), ...lines)];
}
