import { describeWorkerCaches } from "../diagnose/worker-caches/notes.js";
import type { CheckResult, DoctorDocument } from "../output/documents/doctor.js";
import { type Block, type Page, paragraph, shrinking, state, table } from "../output/page.js";
import { type Text, toned } from "../terminal/colour.js";
import { plural } from "../terminal/plural.js";

export function view(document: DoctorDocument): Page {
  const { checks, repairs, next, outOfReach } = document;
  const blocks: Block[] = [];
  if (checks.length > 0) blocks.push(checkTable(checks), ...checks.filter(hasMore).map(explain));
  if (repairs.length > 0) blocks.push(repairTable(document));
  // Before a repair the check of the workers' own copies says the same.
  const repaired = repairs.some(({ status }) => status === "done");
  const reach = repaired ? describeWorkerCaches(outOfReach) : [];
  if (reach.length > 0) {
    blocks.push(paragraph(toned("warn", "What Redis does not reach:"), ...reach.map((line) => `  ${line}`)));
  }
  if (document.backup !== null) blocks.push(paragraph(`backup: ${document.backup}`));
  if (next.length > 0) blocks.push(paragraph("next:", ...next.map((line) => toned("command", `  ${line}`))));
  blocks.push(paragraph(summary(document)));
  return { blocks, rows: checks.length > 0 ? checks : repairs };
}

const checkTable = (checks: readonly CheckResult[]): Block =>
  table(
    ["check", "status", "title", shrinking("detail")],
    checks.map(({ id, status, title, detail }) => [id, state(status), title, detail]),
  );

const hasMore = ({ status, findings }: CheckResult): boolean =>
  status === "fail" || status === "warn" || findings.length > 0;

/** So many findings are shown to a person; the document has them all. */
const MOST_FINDINGS = 20;

function explain({ id, status, detail, advice, findings }: CheckResult): Block {
  const lines: Text[] = [toned(status === "fail" ? "bad" : status === "warn" ? "warn" : "plain", `${id}: ${detail}`)];
  for (const { key, text, evidence, link, advice: own } of findings.slice(0, MOST_FINDINGS)) {
    lines.push(`  - ${text}`);
    if (key !== null && !text.includes(key)) lines.push(toned("dim", `    ${key}`));
    for (const one of evidence) lines.push(toned("dim", `    ${one}`));
    if (link !== null) lines.push(toned("dim", `    ${link}`));
    if (own !== "" && own !== advice) lines.push(toned("strong", `    ${own}`));
  }
  if (findings.length > MOST_FINDINGS)
    lines.push(toned("dim", `  and ${findings.length - MOST_FINDINGS} more: --json has them all`));
  if (advice) lines.push(toned("strong", `  ${advice}`));
  return paragraph(...lines);
}

const repairTable = ({ repairs }: DoctorDocument): Block =>
  table(
    ["repair", "status", "action", shrinking("key"), shrinking("reason")],
    repairs.map(({ id, status, action, key, reason }) => [id, state(status), action, key, reason || "-"]),
  );

export function summary({ checks, repairs }: DoctorDocument): Text {
  const count = (status: string) => checks.filter((check) => check.status === status).length;
  const [ran, skip] = [checks.length - count("skip"), count("skip")];
  const parts =
    checks.length > 0
      ? [`${count("pass")} of ${ran} checks passed`, `${count("warn")} warned`, `${count("fail")} failed`]
      : [];
  if (skip > 0) parts.push(`${skip} could not run`);
  for (const status of ["planned", "done", "refused", "failed"]) {
    const repaired = repairs.filter((repair) => repair.status === status).length;
    if (repaired > 0) parts.push(`${plural(repaired, "repair")} ${status}`);
  }
  const bad = count("fail") > 0 || repairs.some(({ status }) => status !== "done");
  return toned(bad ? "bad" : "good", parts.length > 0 ? parts.join(", ") : "nothing to do");
}
