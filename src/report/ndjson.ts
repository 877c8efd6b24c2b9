import type { Row } from "./view.js";

/** One JSON value a line: the document's main list. */
export const renderNdjson = (rows: readonly Row[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

export async function* streamNdjson(stream: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  for await (const rows of stream) yield renderNdjson(rows);
}
