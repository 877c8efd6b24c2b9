import type { Check } from "../diagnose/checks/check.js";
import { checks, groups } from "../diagnose/checks/index.js";
import { parseSelection } from "../diagnose/selection.js";
import { EXIT } from "../errors.js";
import type { DocumentResult } from "../output/command-result.js";
import type { ChecksDocument } from "../output/documents/checks.js";
import { paragraph, shrinking, table } from "../output/page.js";
import type { DoctorFlags } from "./options.js";
import { readWords } from "./options.js";

/**
 * `llmctl doctor --list`: the checks that there are, or those that `--only` and `--skip` choose. Nothing is asked of
 * anybody.
 */
export function listChecks({ only, skip }: Pick<DoctorFlags, "only" | "skip">): DocumentResult {
  const chosen = parseSelection(readWords(only), readWords(skip)).checks;
  const listed = Object.entries<Check>(checks).filter(([id]) => chosen.has(id));
  const document: ChecksDocument = {
    schema: "llmctl.checks/1",
    checks: listed.map(([id, { title, group, needs }]) => ({ id, title, group, needs: [...needs] })),
    groups: Object.entries(groups).map(([id, title]) => ({
      id,
      title,
      checks: listed.filter(([, { group }]) => group === id).map(([check]) => check),
    })),
  };
  const columns = ["check", "group", "needs", shrinking("title")];
  const rows = document.checks.map(({ id, group, needs, title }) => [id, group, needs.join(", "), title]);
  const about = document.groups.map(({ id, title }) => `  ${id.padEnd(9)} ${title}`);
  return {
    kind: "document",
    document,
    page: {
      blocks: [table(columns, rows), paragraph("groups, which --only and --skip take too:", ...about)],
      rows: document.checks,
    },
    exit: EXIT.done,
    brief: document.checks.map(({ id }) => id).join("\n"),
  };
}
