import widthOf from "fast-string-width";
import { paint, plain, type Text, toned } from "../terminal/colour.js";
import { printable, printableLine } from "../terminal/printable.js";
import { wrap } from "../terminal/wrap.js";
import {
  type Block,
  type Column,
  factsTable,
  heatmapTable,
  type Page,
  paragraph,
  type TableBlock,
  type TextBlock,
} from "./page.js";

/** How tables are drawn. */
export interface TableStyle {
  colour: boolean;
  /** Columns of the terminal; 0: as wide as needed. */
  width: number;
}

const GAP = 2;
const NARROWEST = 8;

/** Renders the page for a terminal: tables without frames, so that copied lines are clean and `grep` and `awk` work. */
export function renderTable({ title, status, blocks }: Page, style: TableStyle): string {
  const head: Block[] = [
    ...(title === undefined ? [] : [paragraph(toned("strong", title))]),
    ...(status ? [paragraph(toned(status.tone, `${status.word}: ${status.lines.join(" ")}`))] : []),
  ];
  return `${[...head, ...blocks]
    .flatMap(simplify)
    .map((block) => (block.kind === "text" ? renderText(block, style) : renderRows(block, style)))
    .join("\n\n")}\n`;
}

/** A terminal has only paragraphs and tables. */
function simplify(block: Block): (TextBlock | TableBlock)[] {
  switch (block.kind) {
    case "text":
    case "table":
      return [block];
    case "section":
      return [paragraph(toned("strong", block.title)), ...block.blocks.flatMap(simplify)];
    case "facts":
      return [factsTable(block.facts)];
    case "heading":
      return [paragraph(toned("strong", block.text))];
    case "code":
      return [paragraph(...block.text.split("\n").map((line) => toned("command", line)))];
    case "heatmap":
      return [heatmapTable(block)];
    case "evidence":
      return [paragraph(`- ${[block.text, ...(block.names ?? [])].join(" ")}`)];
    case "chart":
      return [paragraph(block.words)];
  }
}

/** Aliases and models are external text: they must not move the cursor or start a line. */
const clean = (text: Text, print: (text: string) => string): Text =>
  typeof text === "string" ? print(text) : { text: print(text.text), tone: text.tone };

const renderText = ({ lines }: TextBlock, { width, colour }: TableStyle): string =>
  lines
    .map((line) => clean(line, printable))
    .flatMap((line) => wrap(plain(line), width).map((part) => paint(withText(line, part), colour)))
    .join("\n");

/** The same tone on another text. */
const withText = (text: Text, other: string): Text => (typeof text === "string" ? other : { ...text, text: other });

function renderRows({ columns, rows }: TableBlock, { width, colour }: TableStyle): string {
  const head = columns.map(({ name, verbatim }) => toned("dim", printableLine(verbatim ? name : name.toUpperCase())));
  const cells = [head, ...rows.map((row) => row.map((cell) => clean(cell, printableLine)))];
  const widths = fitWidths(columns, cells, width);
  const drawn = cells.map((row) => row.map((cell, at) => drawCell(cell, widths[at] ?? 0, columns[at]?.align, colour)));
  return drawn.map((row) => row.join(" ".repeat(GAP)).trimEnd()).join("\n");
}

/** Cuts or pads a cell to its column's width: escape codes of colours have no width. */
function drawCell(cell: Text, width: number, align: Column["align"], colour: boolean): string {
  const text = shorten(plain(cell), width);
  const padding = " ".repeat(Math.max(0, width - widthOf(text)));
  const painted = paint(withText(cell, text), colour);
  return align === "right" ? padding + painted : painted + padding;
}

function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let short = "";
  let room = Math.max(1, width - 1);
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    short += segment;
  }
  return `${short}…`;
}

/** Column widths that fit the terminal: the widest shrinkable column is cut first. */
function fitWidths(columns: readonly Column[], cells: readonly (readonly Text[])[], width: number): number[] {
  const widths = columns.map((_, at) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(plain(row[at] ?? ""))), 0),
  );
  if (width === 0) return widths;
  const total = () => widths.reduce((sum, one) => sum + one, 0) + GAP * (columns.length - 1);
  while (total() > width) {
    const widest = columns.reduce(
      (best, column, index) => (column.shrinks && (widths[index] ?? 0) > (widths[best] ?? 0) ? index : best),
      -1,
    );
    if (widest < 0 || (widths[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
