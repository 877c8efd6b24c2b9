import { plain, type Text } from "../terminal/colour.js";
import { printable } from "../terminal/printable.js";
import type { Block, View } from "./view.js";

/** The view as GitHub-flavoured Markdown, to paste into an issue. */
export const renderMarkdown = (view: View): string => `${view.blocks.map(renderBlock).join("\n\n")}\n`;

function renderBlock(block: Block): string {
  if (block.kind === "text") return block.lines.map((line) => escapeMarkdown(line)).join("  \n");
  const rule = block.columns.map((column) => (column.align === "right" ? "---:" : "---"));
  const rows = [
    block.columns.map((column) => escapeMarkdown(column.name)),
    rule,
    ...block.rows.map((row) => row.map(escapeMarkdown)),
  ];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const escapeMarkdown = (text: Text): string =>
  printable(plain(text))
    .replace(/[\\`*_|<>[\]]/g, "\\$&")
    .replace(/[\n\t]/g, " ");
