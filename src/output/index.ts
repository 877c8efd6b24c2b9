import { renderCsv, streamCsv } from "./csv.js";
import type { Format } from "./formats.js";
import { renderJson } from "./json.js";
import { renderMarkdown } from "./markdown.js";
import { renderNdjson, streamNdjson } from "./ndjson.js";

export { FORMATS, type Format, parseFormat } from "./formats.js";

import type { Outcome, Row } from "./view.js";

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
  markdown: async ({ view, articles }) => {
    if (!articles) return renderMarkdown(view);
    const { renderArticleMarkdown } = await import("./article-markdown.js");
    return renderArticleMarkdown(articles.markdown());
  },
  html: async (outcome) => {
    const [{ renderHtml }, { articleOfView }] = await Promise.all([import("./html/index.js"), import("./page.js")]);
    return renderHtml(outcome.articles?.html() ?? articleOfView(outcome));
  },
} satisfies Record<Format, Renderer>;

type Streamer = (stream: AsyncIterable<readonly Row[]>) => AsyncGenerator<string>;

/** The formats that need not see everything before they begin. */
const STREAMERS: Partial<Record<Format, Streamer>> = { ndjson: streamNdjson, csv: streamCsv };

export const canStream = (format: Format): boolean => STREAMERS[format] !== undefined;

/** The text of an outcome in a format, piece by piece. All formats are drawn from the same document and view, or from its stream of the same rows. */
export async function* render(outcome: Outcome, format: Format, style: Style): AsyncGenerator<string> {
  const streamer = STREAMERS[format] ?? (outcome.live && streamNdjson);
  if (outcome.stream && streamer) yield* streamer(outcome.stream);
  else yield await RENDERERS[format](outcome, style);
}
