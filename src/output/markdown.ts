import { plain, type Text } from "../terminal/colour.js";
import { printable } from "../terminal/printable.js";
import { type Block, factsTable, heatmapTable, type Page, type TableBlock } from "./page.js";

/** Renders a page as GitHub-flavoured Markdown for an issue. Charts become their words and tables. */
export function renderMarkdown({ title, status, blocks }: Page): string {
  const head = [
    ...(title === undefined ? [] : [`## ${escapeMarkdown(title)}`]),
    ...(status ? [`**${escapeMarkdown(status.word)}**: ${escapeMarkdown(status.lines.join(" "))}`] : []),
  ];
  return `${[...head, ...blocks.map(renderBlock)].join("\n\n")}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case "text":
      return block.lines.map(escapeMarkdown).join("  \n");
    case "table":
      return block.show === "folded"
        ? `<details><summary>${escapeMarkdown(block.title ?? "")}</summary>\n\n${renderRows(block)}\n\n</details>`
        : renderRows(block);
    case "section":
      return [`### ${escapeMarkdown(block.title)}`, ...block.blocks.map(renderBlock)].join("\n\n");
    case "facts":
      return renderRows(factsTable(block.facts));
    case "heading":
      return `#### ${escapeMarkdown(block.text)}`;
    case "code":
      return fenced(block.text);
    case "heatmap":
      return renderRows(heatmapTable(block));
    case "evidence": {
      const { text, links = [], names = [] } = block;
      return `- ${escapeMarkdown([text, ...links.map((link) => link.text), ...names].join(" "))}`;
    }
    case "chart":
      return escapeMarkdown(block.words);
  }
}

const renderRows = ({ columns, rows }: TableBlock): string =>
  [
    columns.map(({ name }) => escapeMarkdown(name)),
    columns.map(({ align }) => (align === "right" ? "---:" : "---")),
    ...rows.map((row) => row.map(escapeMarkdown)),
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

const escapeMarkdown = (text: Text): string =>
  printable(plain(text))
    .replace(/[\\`*_|<>[\]]/g, "\\$&")
    .replace(/[\n\t]/g, " ");

/** A fence longer than any run of backticks in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}sh\n${text}\n${fence}`;
}
