import type { DocumentResult, PrintableResult } from "./command-result.js";
import { renderCsv, streamCsv } from "./csv.js";
import type { Format } from "./formats.js";
import { renderJson } from "./json.js";
import { renderMarkdown } from "./markdown.js";
import { renderNdjson, streamNdjson } from "./ndjson.js";
import type { Page, Row } from "./page.js";

export { FORMATS, type Format, parseFormat } from "./formats.js";

/** How to print a result. */
export interface Style {
  colour: boolean;
  width: number;
  quiet: boolean;
}

type Drawn = Pick<DocumentResult, "document" | "page" | "pages" | "brief">;
type Renderer = (result: Drawn, style: Style) => Promise<string> | string;

const RENDERERS = {
  table: ({ page, brief }, style) => renderTerminal(page, style, brief),
  json: ({ document }) => renderJson(document),
  ndjson: ({ page }) => renderNdjson(page.rows ?? []),
  csv: ({ page }) => renderCsv(page.rows ?? []),
  markdown: ({ page, pages }) => renderMarkdown(pages?.markdown?.() ?? page),
  html: async ({ document, page, pages }) => {
    const { renderHtml } = await import("./html/index.js");
    return renderHtml(pages?.html?.() ?? standalone(document, page));
  },
} satisfies Record<Format, Renderer>;

async function renderTerminal(page: Page, style: Style, brief?: string): Promise<string> {
  if (style.quiet) return brief === undefined ? "" : `${brief}\n`;
  const { renderTable } = await import("./table.js");
  return renderTable(page, style);
}

/** The HTML page of a command that has no other. */
function standalone(document: DocumentResult["document"], { blocks }: Page): Page {
  const name = document.schema.replace(/\/.*/, "");
  return {
    title: name.replace(".", " "),
    blocks: [{ kind: "section", id: "report", title: "Report", blocks }],
    attachment: { name: `${name}.json`, text: renderJson(document) },
  };
}

type Streamer = (rows: AsyncIterable<readonly Row[]>) => AsyncGenerator<string>;

/** Formats that can stream rows. */
const STREAMERS: Partial<Record<Format, Streamer>> = { ndjson: streamNdjson, csv: streamCsv };

/** Whether a format can stream rows. */
export const canStream = (format: Format): boolean => STREAMERS[format] !== undefined;

/** Renders a command's result piece by piece. Formats share one document and page, or its streamed rows. */
export async function* render(result: PrintableResult, format: Format, style: Style): AsyncGenerator<string> {
  const streamer = STREAMERS[format];
  if (result.kind === "live") yield* (streamer ?? streamNdjson)(result.rows);
  else if (result.kind === "screen") yield await renderTerminal(result.page, style);
  else if (result.kind === "stream" && streamer) yield* streamer(result.rows);
  else yield await RENDERERS[format](result, style);
}
