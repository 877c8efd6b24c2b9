import Table from "cli-table3";
import { paint, plain, type Text } from "../terminal/colour.js";
import { printable, printableLine } from "../terminal/printable.js";
import { wrap } from "../terminal/wrap.js";
import type { Block, Column, View } from "./view.js";

export interface TableStyle {
  colour: boolean;
  /** Columns of the terminal; 0: as wide as it needs. */
  width: number;
}

const GAP = 2;
const NARROWEST = 8;
const BARE = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
};
const LINELESS = {
  ...BARE,
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ".repeat(GAP),
};

/** The view for a person: tables without frames, so that a copied line is clean and `grep` and `awk` work on it. */
export function renderTable(view: View, style: TableStyle): string {
  return `${view.blocks.map((block) => renderBlock(safe(block), style)).join("\n\n")}\n`;
}

/** Aliases and models come from elsewhere: nothing in them may move the cursor or begin a line. */
function safe(block: Block): Block {
  const clean = (text: Text, print: (text: string) => string): Text =>
    typeof text === "string" ? print(text) : { text: print(text.text), tone: text.tone };
  if (block.kind === "text") return { ...block, lines: block.lines.map((line) => clean(line, printable)) };
  return {
    kind: "table",
    columns: block.columns.map((column) => ({ ...column, name: printableLine(column.name) })),
    rows: block.rows.map((row) => row.map((cell) => clean(cell, printableLine))),
  };
}

function renderBlock(block: Block, style: TableStyle): string {
  if (block.kind === "text") return block.lines.flatMap((line) => paragraphLine(line, style)).join("\n");
  const widths = fitWidths(block.columns, block.rows, style.width);
  const cut = (cell: Text, column: number): string => {
    const text = plain(cell);
    const room = widths[column] ?? text.length;
    return paint(
      typeof cell === "string" ? shorten(text, room) : { text: shorten(text, room), tone: cell.tone },
      style.colour,
    );
  };
  const drawn = new Table({
    head: block.columns.map((column, index) => cut({ text: headOf(column), tone: "dim" }, index)),
    colAligns: block.columns.map((column) => column.align ?? "left"),
    chars: LINELESS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  drawn.push(...block.rows.map((row) => row.map(cut)));
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const headOf = ({ name, verbatim }: Column): string => (verbatim ? name : name.toUpperCase());

const paragraphLine = (line: Text, { width, colour }: TableStyle): string[] =>
  wrap(plain(line), width).map((part) =>
    paint(typeof line === "string" ? part : { text: part, tone: line.tone }, colour),
  );

const shorten = (text: string, room: number): string =>
  text.length > room ? `${text.slice(0, Math.max(1, room - 1))}…` : text;

/** Column widths that fit the terminal: the widest column that may shrink gives way first. */
function fitWidths(columns: readonly Column[], rows: readonly (readonly Text[])[], width: number): number[] {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, plain(row[index] ?? "").length), column.name.length),
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
