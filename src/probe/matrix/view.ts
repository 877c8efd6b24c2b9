import type { MatrixCell, MatrixDocument } from "../../report/documents/matrix.js";
import { paragraph, state, table, type View } from "../../report/view.js";
import { toned } from "../../terminal/colour.js";
import { sayDuration } from "../../terminal/duration.js";

export function view(document: MatrixDocument): View {
  const { target, cells, limit, durationMs } = document;
  const version = target.version === null ? "" : ` (LiteLLM ${target.version})`;
  const head = toned(
    "dim",
    `${target.baseUrl}${version}, limit ${limit ?? "not known"}, took ${sayDuration(durationMs)}`,
  );
  const columns = [
    { name: "endpoint" },
    { name: "model", shrinks: true },
    { name: "mode" },
    { name: "ending" },
    { name: "verdict" },
    { name: "proof", shrinks: true },
  ];
  const rows = cells.map((cell) => [
    cell.endpoint,
    cell.model,
    cell.stream ? "stream" : "plain",
    cell.ending,
    cell.status === "skipped" ? toned("dim", "skipped") : state(cell.status),
    cell.proof,
  ]);
  return { blocks: [paragraph(head), table(columns, rows), paragraph(brief(cells))], rows: cells };
}

/** `2 leak, 20 healthy, 3 inconclusive, 4 skipped`, worst first. */
export function brief(cells: readonly MatrixCell[]): string {
  const order = ["leak", "over-admission", "false-rejection", "slow-release", "inconclusive", "healthy", "skipped"];
  const counts = order.map((status) => [cells.filter((cell) => cell.status === status).length, status] as const);
  return counts
    .filter(([number]) => number > 0)
    .map(([number, status]) => `${number} ${status}`)
    .join(", ");
}
