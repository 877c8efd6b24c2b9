import type { Context } from "../config/context.js";
import { runChecks } from "../diagnose/checks/run-checks.js";
import { describeEvidence, type PlannedRepair } from "../diagnose/plan.js";
import type { Proposal } from "../diagnose/proposal.js";
import type { CheckSelection } from "../diagnose/selection.js";
import { EXIT, type ExitCode } from "../errors.js";
import type { DocumentResult } from "../output/command-result.js";
import type { CheckResult, DoctorDocument, Repair } from "../output/documents/doctor.js";
import type { Execution } from "../repair/execute-plan.js";
import type { RepairResult } from "../repair/repair.js";
import { plain } from "../terminal/colour.js";
import { doctorIssue, privateTexts } from "./issue.js";
import { shortLines, suggestFix, suggestUndo, type TypedFlags } from "./suggestions.js";
import { summary, view } from "./view.js";

type Contents = {
  readonly [part in "checks" | "repairs" | "outOfReach" | "next"]?: readonly DoctorDocument[part][number][];
} & { readonly backup?: string | null };

/**
 * The document of a diagnosis, a repair or an undo; what is left out of `contents` is empty. `wallMs`: now, ms since
 * 1970.
 */
export const createDoctorDocument = (wallMs: number, contents: Contents): DoctorDocument => ({
  schema: "llmctl.doctor/1",
  at: new Date(wallMs).toISOString(),
  checks: [...(contents.checks ?? [])],
  repairs: [...(contents.repairs ?? [])],
  backup: contents.backup ?? null,
  outOfReach: [...(contents.outOfReach ?? [])],
  next: [...(contents.next ?? [])],
});

/** A repair as the document shows it before anything was done. */
const plannedRow = ({ id, act, action, evidence }: PlannedRepair, reason = ""): Repair => ({
  id,
  key: act.key,
  action,
  evidence: evidence.map(describeEvidence),
  status: "planned",
  reason,
});

const deferredRow = (repair: PlannedRepair): Repair => plannedRow(repair, "left for another run: --max-repairs");

/** The result of a diagnosis, and of a repair that was only planned. */
export async function proposalResult(
  context: Context,
  proposal: Proposal,
  choice: CheckSelection,
  flags: TypedFlags,
): Promise<DocumentResult> {
  const { clock, settings } = context;
  const { diagnosis, planned, later, outOfReach } = proposal;
  const checks = await runChecks(diagnosis, choice.checks);
  const document = createDoctorDocument(clock.wall(), {
    ...{ checks, outOfReach, next: suggestFix(diagnosis, planned, flags) },
    repairs: [...planned.map((one) => plannedRow(one)), ...later.map(deferredRow)],
  });
  const exit = fails(checks) || (settings.dryRun && planned.length > 0) ? EXIT.finding : EXIT.done;
  const brief = plain(summary(document));
  const pages = { markdown: () => doctorIssue(document, privateTexts(settings, diagnosis)) };
  return { kind: "document", document, page: view(document), exit, brief, pages };
}

/** The result of a repair: as things are after it, with what was done. */
export async function repairResult(
  context: Context,
  { proposal, execution, after, outOfReach }: RepairResult & { readonly execution: Execution },
  choice: CheckSelection,
  flags: TypedFlags,
): Promise<DocumentResult> {
  const { clock, settings } = context;
  const diagnosis = after ?? proposal.diagnosis;
  const checks = await runChecks(diagnosis, choice.checks);
  const left = diagnosis.plan.filter((repair) => choice.includes(repair));
  const ids = new Set(left.map(({ id }) => id));
  const next = left.length > 0 ? suggestFix(diagnosis, left, flags) : shortLines(diagnosis, flags);
  const document = createDoctorDocument(clock.wall(), {
    ...{ checks, outOfReach, backup: execution.backup, next: [suggestUndo(execution.backupId, flags), ...next] },
    repairs: [...execution.repairs, ...proposal.later.filter(({ id }) => ids.has(id)).map(deferredRow)],
  });
  const exit = exitAfter(execution, checks, left);
  const pages = { markdown: () => doctorIssue(document, privateTexts(settings, diagnosis)) };
  return { kind: "document", document, page: view(document), exit, brief: execution.backupId, pages };
}

const fails = (checks: readonly CheckResult[]): boolean => checks.some(({ status }) => status === "fail");

function exitAfter(
  { repairs, unverified }: Execution,
  checks: readonly CheckResult[],
  left: readonly PlannedRepair[],
): ExitCode {
  const is = (status: Repair["status"]) => repairs.some((repair) => repair.status === status);
  if (unverified.length > 0 || is("failed")) return EXIT.unverified;
  return is("refused") || fails(checks) || left.length > 0 ? EXIT.finding : EXIT.done;
}
