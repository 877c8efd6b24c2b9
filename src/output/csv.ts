import type { Row } from "./page.js";

/**
 * Renders CSV (RFC 4180, lines end in CR LF). Nested objects become `outer.inner` columns; lists and empty objects
 * become JSON.
 */
export function renderCsv(rows: readonly Row[]): string {
  const flat = rows.map((row) => flatten(row));
  const columns = [...new Set(flat.flatMap((row) => [...row.keys()]))];
  return columns.length === 0 ? "" : line(columns) + lines(flat, columns);
}

/** The same for a stream of rows; the first row determines the columns. */
export async function* streamCsv(stream: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  let columns: string[] | undefined;
  for await (const rows of stream) {
    const flat = rows.map((row) => flatten(row));
    if (flat[0] && columns === undefined) {
      columns = [...flat[0].keys()];
      yield line(columns);
    }
    if (columns) yield lines(flat, columns);
  }
}

const lines = (rows: readonly Map<string, unknown>[], columns: readonly string[]): string =>
  rows.map((row) => line(columns.map((column) => row.get(column)))).join("");

const line = (cells: readonly unknown[]): string => `${cells.map(field).join(",")}\r\n`;

function flatten(row: Row, prefix = "", into = new Map<string, unknown>()): Map<string, unknown> {
  for (const [name, value] of Object.entries(row)) {
    if (value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0) {
      flatten(value as Row, `${prefix}${name}.`, into);
    } else into.set(`${prefix}${name}`, value);
  }
  return into;
}

/** Starts a formula in a spreadsheet, so such text gets an apostrophe in front (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/;

function field(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
