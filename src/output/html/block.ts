import { plain, type Text } from "../../terminal/colour.js";
import type { Block, TableBlock } from "../page.js";
import { renderChart } from "./chart.js";
import { escapeHtml } from "./escape.js";
import { renderHeatmap } from "./heatmap.js";
import { scrolling } from "./scrolling.js";

type Kind = Block["kind"];
type Renderers = { [K in Kind]: (block: Extract<Block, { kind: K }>) => string | Promise<string> };

const RENDERERS: Renderers = {
  text: ({ lines }) => `<p>${lines.map(span).join("<br>")}</p>`,
  heading: ({ text }) => `<h3>${escapeHtml(text)}</h3>`,
  code: ({ text }) => `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>`,
  facts: ({ facts }) =>
    `<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${span(value)}</dd>`).join("")}</dl>`,
  table: (block) => {
    const { title, show, columns } = block;
    if (show === "folded") {
      return `<details><summary>${escapeHtml(title ?? "")}</summary>${scrolling(tableOf(block), title ?? "")}</details>`;
    }
    const name = title ?? `table: ${columns[0]?.name ?? ""}`;
    return scrolling(tableOf(block, title), name, show === "scrolling" ? "scroll tall" : "scroll");
  },
  section: async ({ id, title, blocks }) => {
    const parts: string[] = [];
    for (const block of blocks) parts.push(await renderBlock(block));
    return `<section aria-labelledby="${id}"><h2 id="${id}">${escapeHtml(title)}</h2>\n${parts.join("\n")}\n</section>`;
  },
  evidence: ({ text, links = [], names = [] }) => {
    const marked = links.map(({ text: word, to }) => `<a href="#${escapeHtml(to)}">${escapeHtml(word)}</a>`);
    const listed = names.map((name) => `<code>${escapeHtml(name)}</code>`);
    const rest = [marked.join(", "), listed.join(" ")].filter((one) => one !== "");
    return `<p class="evidence">${[escapeHtml(text), ...rest].join("<br>")}</p>`;
  },
  heatmap: renderHeatmap,
  chart: renderChart,
};

/** Renders a block as HTML. */
export const renderBlock = async (block: Block): Promise<string> =>
  (RENDERERS[block.kind] as (one: Block) => string | Promise<string>)(block);

function tableOf({ columns, rows, rowIds = [] }: TableBlock, title?: string): string {
  const side = columns.map((column) => (column.align === "right" ? ' class="right"' : ""));
  const head = columns.map((column, at) => `<th scope="col"${side[at]}>${escapeHtml(column.name)}</th>`);
  const body = rows.map((row, index) => {
    const cells = row.map((cell, at) =>
      at === 0 ? `<th scope="row"${side[at]}>${span(cell)}</th>` : `<td${side[at]}>${span(cell)}</td>`,
    );
    const id = rowIds[index];
    return `<tr${id === undefined ? "" : ` id="${escapeHtml(id)}"`}>${cells.join("")}</tr>`;
  });
  const caption = title === undefined ? "" : `<caption>${escapeHtml(title)}</caption>`;
  return `<table>${caption}<thead><tr>${head.join("")}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table>`;
}

function span(text: Text): string {
  const words = escapeHtml(plain(text));
  return typeof text === "string" || text.tone === "plain" ? words : `<span class="t-${text.tone}">${words}</span>`;
}
