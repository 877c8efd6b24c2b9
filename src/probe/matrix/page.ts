import { basename } from "node:path";
import type { MatrixCell, MatrixDocument } from "../../output/documents/matrix.js";
import { renderJson } from "../../output/json.js";
import { type Block, type HeatmapCell, type Page, paragraph, right, section, state, table } from "../../output/page.js";
import { redactHostsIn } from "../../output/redact-hosts.js";
import { targetLabel } from "../../runs/verdict-text.js";
import { formatDuration } from "../../terminal/duration.js";
import { CELL_ENDING_NAMES } from "./endings.js";
import { createGrid } from "./grid.js";
import { brief, WORST_FIRST } from "./view.js";

/** The heat of a verdict in the table. A slot that is released late is not as bad as one that is never released. */
const HEAT = {
  leak: { tone: "bad" },
  "over-admission": { tone: "bad" },
  "false-rejection": { tone: "bad", faint: true },
  "slow-release": { tone: "bad", faint: true },
  inconclusive: { tone: "warn" },
  healthy: { tone: "good" },
  planned: { tone: "dim" },
  skipped: { tone: "dim" },
} as const satisfies Record<MatrixCell["status"], Omit<HeatmapCell, "text" | "to">>;

/** The page of a matrix: findings, overview and the proof of each cell. */
export const matrixPage = (document: MatrixDocument): Page => pageOf(document, document.cells);

/** The same for a bug report: without addresses, and without the proof of cells in which nothing is wrong. */
export function matrixIssue(original: MatrixDocument): Page {
  const document = redactHostsIn(original);
  return pageOf(
    document,
    document.cells.filter(({ status }) => !NEEDS_NO_PROOF.has(status)),
  );
}

const NEEDS_NO_PROOF: ReadonlySet<MatrixCell["status"]> = new Set(["healthy", "planned", "skipped"]);

function pageOf(document: MatrixDocument, shown: readonly MatrixCell[]): Page {
  const { cells } = document;
  const worst = WORST_FIRST.find((status) => cells.some((cell) => cell.status === status)) ?? "skipped";
  return {
    title: `${targetLabel(document)}, every route and ending: ${worst}`,
    status: { word: worst, tone: HEAT[worst].tone, lines: [brief(cells)] },
    blocks: [
      section("matrix", "Every route and ending", cells.length > 0 ? [heatmap(cells)] : [NOTHING]),
      section("summary", "What was run", [facts(document)]),
      ...(shown.length > 0 ? [section("cells", "What proves it", [proofs(cells, shown)])] : []),
    ],
    attachment: { name: "llmctl-matrix.json", text: renderJson(document) },
  };
}

const NOTHING = paragraph("No cell was run.");

const markOf = (at: number): string => `cell-${at + 1}`;

function heatmap(cells: readonly MatrixCell[]): Block {
  const { endings, rows } = createGrid(cells, CELL_ENDING_NAMES);
  return {
    kind: "heatmap",
    title: "Each verdict leads to its proof",
    columns: endings,
    rows: rows.map(({ endpoint, model, mode, cells: placed }) => ({
      names: [endpoint, model, mode],
      cells: placed.map((one) => (one ? heatmapCell(one.cell, one.at) : null)),
    })),
  };
}

const heatmapCell = ({ status }: MatrixCell, at: number): HeatmapCell => ({
  text: status,
  to: markOf(at),
  ...HEAT[status],
});

function facts({ target, limit, cells, startedAt, durationMs }: MatrixDocument): Block {
  const calls = cells.reduce((sum, cell) => sum + cell.calls, 0);
  return {
    kind: "facts",
    facts: [
      ["proxy", target.baseUrl],
      ["release", target.version === null ? "unknown" : `LiteLLM ${target.version}`],
      ["limit", `max_parallel_requests ${limit ?? "not found"}`],
      ["cells", `${cells.length}, ${calls} calls`],
      ["run", `begun ${startedAt}, took ${formatDuration(durationMs)}`],
    ],
  };
}

/** What verdicts without a proof of their own rest on. */
const UNSAID: Partial<Record<MatrixCell["status"], string>> = {
  healthy: "every slot came back, and no more than the limit ran at once",
  planned: "not run: --dry-run",
};

function proofs(cells: readonly MatrixCell[], shown: readonly MatrixCell[]): Block {
  const columns = ["endpoint", "model", "mode", "ending", "verdict", "proof", "slots", right("calls"), "run"];
  const rows = shown.map((cell) => [
    cell.endpoint,
    cell.model,
    cell.stream ? "stream" : "plain",
    cell.ending,
    state(cell.status),
    cell.proof || UNSAID[cell.status] || "",
    cell.slots.join(" "),
    `${cell.calls}`,
    cell.run === null ? "" : basename(cell.run, ".ndjson"),
  ]);
  return table(columns, rows, {
    title: `${shown.length} cells; llmctl report shows a whole run`,
    show: "scrolling",
    rowIds: shown.map((cell) => markOf(cells.indexOf(cell))),
  });
}
