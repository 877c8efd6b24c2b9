import type { Row } from "./page.js";

/** One JSON value a line: the document's main list. */
export function renderNdjson(rows: readonly Row[]): string {
  return renderAtOnce(rows) ?? rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/**
 * One call of JSON.stringify for all rows takes half the time of one for each. Its text is cut where a row ends and the
 * next begins with its first field: within a string the quotes would be escaped. Undefined where that fails.
 */
function renderAtOnce(rows: readonly Row[]): string | undefined {
  const first = firstField(rows[0]);
  if (first === undefined || !rows.every((row) => firstField(row) === first)) return undefined;
  const begin = `{${JSON.stringify(first)}:`;
  const cuts = JSON.stringify(rows).slice(1, -1).split(`},${begin}`);
  return cuts.length === rows.length ? `${cuts.join(`}\n${begin}`)}\n` : undefined;
}

function firstField(row: Row | undefined): string | undefined {
  for (const name in row) if (row[name] !== undefined) return name;
  return undefined;
}

/** The same for rows that come in while they are printed. */
export async function* streamNdjson(stream: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  for await (const rows of stream) yield renderNdjson(rows);
}
