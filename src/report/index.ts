import { usageError } from "../errors.js";
import { renderCsv } from "./csv.js";
import { renderJson } from "./json.js";
import { renderMarkdown } from "./markdown.js";
import { renderNdjson } from "./ndjson.js";
import type { Outcome } from "./view.js";

export const FORMATS = ["table", "json", "ndjson", "csv", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

export function parseFormat(word: string): Format {
  const format = FORMATS.find((one) => one === word);
  if (!format) throw usageError("bad-output", `--output ${word} is not known`, `use one of: ${FORMATS.join(", ")}`);
  return format;
}

export interface Style {
  colour: boolean;
  width: number;
  quiet: boolean;
}

type Renderer = (outcome: Outcome, style: Style) => Promise<string> | string;

const RENDERERS = {
  table: async ({ view, brief }, style) => {
    if (style.quiet) return brief === undefined ? "" : `${brief}\n`;
    const { renderTable } = await import("./table.js");
    return renderTable(view, style);
  },
  json: ({ document }) => renderJson(document),
  ndjson: ({ view }) => renderNdjson(view.rows),
  csv: ({ view }) => renderCsv(view.rows),
  markdown: ({ view }) => renderMarkdown(view),
} satisfies Record<Format, Renderer>;

/** The text of an outcome in a format. All formats are drawn from the same document and view. */
export const render = async (outcome: Outcome, format: Format, style: Style): Promise<string> =>
  RENDERERS[format](outcome, style);
