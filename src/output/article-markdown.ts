import { plain, type Text } from "../terminal/colour.js";
import { renderMarkdown } from "./markdown.js";
import type { Article, Passage, Section } from "./page.js";
import { type Block, paragraph, table } from "./view.js";

/** An article as GitHub-flavoured Markdown, to paste into an issue. Charts are left out: their words and tables are there. */
export function renderArticleMarkdown({ title, status, sections }: Article): string {
  const head = [`## ${line(title)}`];
  if (status) head.push(`**${line(status.word)}**: ${line(status.lines.join(" "))}`);
  return `${[...head, ...sections.map(renderSection)].join("\n\n")}\n`;
}

const renderSection = ({ title, passages }: Section): string =>
  [`### ${line(title)}`, ...passages.map(renderPassage)].join("\n\n");

function renderPassage(passage: Passage): string {
  switch (passage.kind) {
    case "text":
    case "table":
      return block(passage);
    case "facts":
      return block(table([{ name: "what" }, { name: "value" }], passage.facts));
    case "heading":
      return `#### ${line(passage.text)}`;
    case "code":
      return fenced(passage.text);
    case "long":
      return block(passage.table);
    case "heat":
      return block(heatTable(passage));
    case "folded":
      return `<details><summary>${line(passage.title)}</summary>\n\n${block(passage.table)}\n\n</details>`;
    case "evidence":
      return `- ${line([passage.text, ...passage.links.map(({ text }) => text), ...passage.names].join(" "))}`;
    case "chart":
      return line(passage.words);
  }
}

function heatTable({ columns, rows }: Extract<Passage, { kind: "heat" }>): Block {
  const names = Math.max(1, ...rows.map((row) => row.names.length));
  const head = [...Array.from({ length: names }, () => ""), ...columns].map((name) => ({ name }));
  return table(
    head,
    rows.map((row) => [
      ...Array.from({ length: names }, (_, at) => row.names[at] ?? ""),
      ...row.cells.map((cell) => cell?.text ?? ""),
    ]),
  );
}

const block = (one: Block): string => renderMarkdown({ blocks: [one], rows: [] }).trimEnd();
const line = (text: Text): string => block(paragraph(plain(text)));

/** A fence longer than any run of backticks in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}sh\n${text}\n${fence}`;
}
