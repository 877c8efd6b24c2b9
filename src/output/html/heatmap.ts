import type { HeatmapBlock, HeatmapCell, HeatmapRow } from "../page.js";
import { escapeHtml } from "./escape.js";
import { scrolling } from "./scrolling.js";

/** Renders a heat map: the word in each cell has the same meaning as its colour, and links to its proof. */
export function renderHeatmap({ title, columns, rows }: HeatmapBlock): string {
  const head = columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  const table = `<table class="heat"><caption>${escapeHtml(title)}</caption><thead><tr><td></td>${head}</tr></thead><tbody>
${rows.map(renderRow).join("\n")}
</tbody></table>`;
  return scrolling(table, title);
}

function renderRow({ names, cells }: HeatmapRow): string {
  const [first = "", ...others] = names.map(escapeHtml);
  const name = `${first}${others.length > 0 ? ` <span>${others.join(", ")}</span>` : ""}`;
  return `<tr><th scope="row">${name}</th>${cells.map(renderCell).join("")}</tr>`;
}

function renderCell(cell: HeatmapCell | null): string {
  if (cell === null) return '<td class="none"></td>';
  const classes = [cell.tone, ...(cell.faint ? ["faint"] : [])].join(" ");
  return `<td class="${classes}"><a href="#${escapeHtml(cell.to)}">${escapeHtml(cell.text)}</a></td>`;
}
