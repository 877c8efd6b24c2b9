import { usageError } from "../errors.js";
import { renderCsv, streamCsv } from "./csv.js";
import { renderJson } from "./json.js";
import { renderMarkdown } from "./markdown.js";
import { renderNdjson, streamNdjson } from "./ndjson.js";
import type { Outcome, Row } from "./view.js";

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

type Streamer = (stream: AsyncIterable<readonly Row[]>) => AsyncGenerator<string>;

/** The formats that need not see everything before they begin. */
const STREAMERS: Partial<Record<Format, Streamer>> = { ndjson: streamNdjson, csv: streamCsv };

export const canStream = (format: Format): boolean => STREAMERS[format] !== undefined;

/** The text of an outcome in a format, piece by piece. All formats are drawn from the same document and view, or from its stream of the same rows. */
export async function* render(outcome: Outcome, format: Format, style: Style): AsyncGenerator<string> {
  const streamer = outcome.stream && STREAMERS[format];
  if (outcome.stream && streamer) yield* streamer(outcome.stream);
  else yield await RENDERERS[format](outcome, style);
}
