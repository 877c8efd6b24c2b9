import type { MatrixCell, MatrixDocument } from "../../output/documents/matrix.js";
import { type Page, paragraph, right, shrinking, state, table } from "../../output/page.js";
import { type Text, toned } from "../../terminal/colour.js";
import { formatDuration } from "../../terminal/duration.js";

/** One line a cell. Proofs are long and many cells share one, so they are numbered and listed below. */
export function view(document: MatrixDocument): Page {
  const { target, cells, limit, durationMs } = document;
  const version = target.version === null ? "" : ` (LiteLLM ${target.version})`;
  const head = toned(
    "dim",
    `${target.baseUrl}${version}, limit ${limit ?? "not known"}, took ${formatDuration(durationMs)}`,
  );
  const columns = ["endpoint", shrinking("model"), "mode", "ending", "verdict", right("why")];
  const proofs = [...new Set(cells.map(({ proof }) => proof).filter((proof) => proof !== ""))];
  const rows = cells.map((cell) => [
    cell.endpoint,
    cell.model,
    cell.stream ? "stream" : "plain",
    cell.ending,
    sayStatus(cell),
    cell.proof === "" ? "" : `${proofs.indexOf(cell.proof) + 1}`,
  ]);
  const notes = proofs.map((proof, at): Text => `${at + 1}  ${proof}`);
  return {
    blocks: [
      paragraph(head),
      table(columns, rows),
      ...(notes.length > 0 ? [paragraph(...notes)] : []),
      paragraph(brief(cells)),
    ],
    rows: cells,
  };
}

/** A cell that is only planned has no verdict yet. */
const sayStatus = ({ status }: MatrixCell): Text =>
  status === "planned" ? toned("dim", "-") : status === "skipped" ? toned("dim", status) : state(status);

/** Verdicts in the order in which they are listed, worst first. */
export const WORST_FIRST = [
  "leak",
  "over-admission",
  "false-rejection",
  "slow-release",
  "inconclusive",
  "healthy",
  "planned",
  "skipped",
] as const satisfies readonly MatrixCell["status"][];

/** Counts the cells by verdict, worst first: `2 leak, 20 healthy, 3 inconclusive, 4 skipped`. */
export function brief(cells: readonly MatrixCell[]): string {
  const counts = WORST_FIRST.map((status) => [cells.filter((cell) => cell.status === status).length, status] as const);
  return counts
    .filter(([number]) => number > 0)
    .map(([number, status]) => `${number} ${status}`)
    .join(", ");
}
