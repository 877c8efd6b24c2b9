import { plain, type Text } from "../../terminal/colour.js";
import type { Passage } from "../page.js";
import type { Block } from "../view.js";
import { renderChart } from "./chart.js";
import { escapeHtml } from "./escape.js";
import { renderHeatmap } from "./heatmap.js";
import { scrolling } from "./scrolling.js";

type Kind = Passage["kind"];
type Renderers = { [K in Kind]: (passage: Extract<Passage, { kind: K }>) => string | Promise<string> };

const RENDERERS: Renderers = {
  text: ({ lines }) => `<p>${lines.map(span).join("<br>")}</p>`,
  heading: ({ text }) => `<h3>${escapeHtml(text)}</h3>`,
  code: ({ text }) => `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>`,
  facts: ({ facts }) =>
    `<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${span(value)}</dd>`).join("")}</dl>`,
  table: (block) => scrolling(tableOf(block, []), `table: ${block.columns[0]?.name ?? ""}`),
  long: ({ title, table, marks }) => scrolling(tableOf(table, marks, title), title, "scroll tall"),
  folded: ({ title, table }) =>
    `<details><summary>${escapeHtml(title)}</summary>${scrolling(tableOf(table, []), title)}</details>`,
  evidence: ({ text, links, names }) => {
    const marked = links.map(({ text: word, to }) => `<a href="#${escapeHtml(to)}">${escapeHtml(word)}</a>`);
    const listed = names.map((name) => `<code>${escapeHtml(name)}</code>`);
    const rest = [marked.join(", "), listed.join(" ")].filter((one) => one !== "");
    return `<p class="evidence">${[escapeHtml(text), ...rest].join("<br>")}</p>`;
  },
  heat: renderHeatmap,
  chart: renderChart,
};

export const renderPassage = async (passage: Passage): Promise<string> =>
  (RENDERERS[passage.kind] as (one: Passage) => string | Promise<string>)(passage);

function tableOf(
  { columns, rows }: Extract<Block, { kind: "table" }>,
  marks: readonly string[],
  title?: string,
): string {
  const side = columns.map((column) => (column.align === "right" ? ' class="right"' : ""));
  const head = columns.map((column, at) => `<th scope="col"${side[at]}>${escapeHtml(column.name)}</th>`);
  const body = rows.map((row, index) => {
    const cells = row.map((cell, at) =>
      at === 0 ? `<th scope="row"${side[at]}>${span(cell)}</th>` : `<td${side[at]}>${span(cell)}</td>`,
    );
    const mark = marks[index];
    return `<tr${mark === undefined ? "" : ` id="${escapeHtml(mark)}"`}>${cells.join("")}</tr>`;
  });
  const caption = title === undefined ? "" : `<caption>${escapeHtml(title)}</caption>`;
  return `<table>${caption}<thead><tr>${head.join("")}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table>`;
}

function span(text: Text): string {
  const words = escapeHtml(plain(text));
  return typeof text === "string" || text.tone === "plain" ? words : `<span class="t-${text.tone}">${words}</span>`;
}
