import type { ProbeDocument } from "../output/documents/probe.js";
import { sayHealthy } from "../probe/facts.js";
import type { Tone } from "../terminal/colour.js";

export const TONES = { healthy: "good", finding: "bad", inconclusive: "warn" } as const satisfies Record<
  ProbeDocument["verdict"]["status"],
  Tone
>;

/** Whose limiter it was: `LiteLLM 1.79.1`, or the address when it did not say what it is. */
export const whose = ({ target }: ProbeDocument): string =>
  target.version === null ? target.baseUrl : `LiteLLM ${target.version}`;

/** The verdict in one word: what was found, or that nothing was. */
export function verdictWord({ verdict }: ProbeDocument): string {
  const kinds = [...new Set(verdict.findings.map(({ kind }) => kind))];
  return verdict.status === "finding" ? kinds.join(", ") : verdict.status;
}

/** Why: a sentence for each finding, or for what stands in the way of one. */
export function verdictLines(document: ProbeDocument): string[] {
  const { verdict } = document;
  const proofs = verdict.findings.map(({ proof }) => proof);
  if (verdict.status === "finding") return proofs;
  if (verdict.status === "healthy") return [sayHealthy(document)];
  const reasons = verdict.doubts.filter(({ explains }) => explains).map(({ text }) => text);
  return [...proofs.map((proof) => `suspected: ${proof}`), ...(reasons.length > 0 ? reasons : ["nothing was proved"])];
}

export const sayLimit = ({ limit }: Pick<ProbeDocument, "limit">): string =>
  limit.value === null ? "not found" : `${limit.value} (from ${limit.source})`;

export const sayRequests = ({ requests }: ProbeDocument): string =>
  `${requests.sent} sent: ${requests.ok} answered, ${requests.rejected} refused, ${requests.failed} failed, ${requests.aborted} left by us`;

export const saySlots = ({ slots, redisAway }: ProbeDocument): string =>
  slots === null
    ? redisAway
      ? "Redis did not answer"
      : "no Redis was given"
    : `${slots.before} held before the first call, ${slots.after} at the end (${slots.shape})`;
