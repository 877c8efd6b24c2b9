import type { MatrixCell } from "../../output/documents/matrix.js";

/** The cells of one endpoint, model and mode. */
interface GridRow {
  readonly endpoint: string;
  readonly model: string;
  readonly mode: "plain" | "stream";
  /** In the order of the grid's endings; undefined where nothing was to be run. Each with its place among all cells. */
  readonly cells: readonly ({ readonly cell: MatrixCell; readonly at: number } | undefined)[];
}

export interface Grid {
  readonly endings: readonly string[];
  readonly rows: readonly GridRow[];
}

/** The cells of a matrix by row, in the order in which rows first come, and by ending, in the order given. */
export function gridOf(cells: readonly MatrixCell[], order: readonly string[]): Grid {
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
