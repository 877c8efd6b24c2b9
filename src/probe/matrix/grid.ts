import type { MatrixCell } from "../../output/documents/matrix.js";

/** The cells of one endpoint, model and mode. */
interface GridRow {
  readonly endpoint: string;
  readonly model: string;
  readonly mode: "plain" | "stream";
  /** In the order of the grid's endings, each with its index among all cells; undefined where nothing was planned. */
  readonly cells: readonly ({ readonly cell: MatrixCell; readonly at: number } | undefined)[];
}

/** The matrix as rows and columns. */
export interface Grid {
  readonly endings: readonly string[];
  readonly rows: readonly GridRow[];
}

/**
 * Arranges the cells of a matrix in rows, in the order in which they first occur, and in columns by ending, in the
 * order given.
 */
export function createGrid(cells: readonly MatrixCell[], order: readonly string[]): Grid {
  const endings = order.filter((ending) => cells.some((cell) => cell.ending === ending));
  const rows = new Map<string, { head: MatrixCell; cells: GridRow["cells"][number][] }>();
  for (const [at, cell] of cells.entries()) {
    const name = JSON.stringify([cell.endpoint, cell.model, cell.stream]);
    const row = rows.get(name) ?? { head: cell, cells: endings.map(() => undefined) };
    rows.set(name, row);
    row.cells[endings.indexOf(cell.ending)] = { cell, at };
  }
  return {
    endings,
    rows: [...rows.values()].map(({ head: { endpoint, model, stream }, cells: placed }) => ({
      endpoint,
      model,
      mode: stream ? "stream" : "plain",
      cells: placed,
    })),
  };
}
