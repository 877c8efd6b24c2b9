import type { EChartsOption } from "echarts";
import { type Text, type Tone, toned } from "../terminal/colour.js";

/** What a person reads of a document, from top to bottom. Every format but JSON is drawn from one. */
export interface Page {
  /** Absent where the document's name is title enough. */
  readonly title?: string;
  /** The answer, before everything else. */
  readonly status?: { readonly word: string; readonly tone: Tone; readonly lines: readonly string[] };
  readonly blocks: readonly Block[];
  /** The document's main list: one line each in ndjson, one row each in csv. */
  readonly rows?: readonly Row[];
  /** A copy of what the page was made of; only HTML carries it. */
  readonly attachment?: Attachment;
}

export type Row = Readonly<Record<string, unknown>>;

export interface Attachment {
  /** The name of the file that it becomes again. */
  readonly name: string;
  /** NDJSON or JSON. */
  readonly text: string;
}

export type Block =
  | TextBlock
  | TableBlock
  | SectionBlock
  /** Names and what belongs to them. */
  | { readonly kind: "facts"; readonly facts: readonly Fact[] }
  | { readonly kind: "heading"; readonly text: string }
  /** A command to type. */
  | { readonly kind: "code"; readonly text: string }
  | HeatmapBlock
  /** A sentence that points into a table. */
  | {
      readonly kind: "evidence";
      readonly text: string;
      readonly links?: readonly Link[];
      readonly names?: readonly string[];
    }
  | Chart;

export interface TextBlock {
  readonly kind: "text";
  readonly lines: readonly Text[];
}

export interface TableBlock {
  readonly kind: "table";
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Text[])[];
  readonly title?: string;
  /** A long table scrolls in a box of its own, or is folded until a reader opens it, where the format can do that. */
  readonly show?: "scrolling" | "folded";
  /** For links, one a row. */
  readonly rowIds?: readonly string[];
}

export interface Column {
  readonly name: string;
  readonly align?: "left" | "right";
  /** May be cut short on a narrow terminal, the widest first. The others stay whole. */
  readonly shrinks?: boolean;
  /** An id or the like, which a reader may type again: it stays as it is where names of columns are capitals. */
  readonly verbatim?: boolean;
}

export type Fact = readonly [name: string, value: Text];

export interface SectionBlock {
  readonly kind: "section";
  /** Stable, for links: `evidence`. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** Words by rows and columns, each on a colour that shows how bad it is. */
export interface HeatmapBlock {
  readonly kind: "heatmap";
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly HeatmapRow[];
}

export interface HeatmapRow {
  /** What the row is about, the most important word first. */
  readonly names: readonly string[];
  /** One a column; null where there is nothing to tell. */
  readonly cells: readonly (HeatmapCell | null)[];
}

export interface HeatmapCell extends Link {
  readonly tone: Extract<Tone, "good" | "bad" | "warn" | "dim">;
  /** Less bad than others of its tone. */
  readonly faint?: boolean;
}

interface Link {
  readonly text: string;
  /** The id of a row or a section. */
  readonly to: string;
}

export interface Chart {
  readonly kind: "chart";
  readonly id: string;
  readonly title: string;
  /** The same in words, for those who do not see it. */
  readonly words: string;
  readonly legend: readonly { readonly mark: Mark; readonly text: string }[];
  /** How it is drawn at a width in pixels. */
  readonly draw: (width: number) => Drawing;
}

export interface Drawing {
  readonly height: number;
  readonly option: EChartsOption;
  /** What each thing drawn is, by series and by place in its data: shown when it is pointed at. */
  readonly titles: readonly (readonly string[])[];
}

/** How a thing looks in charts: colour and form both tell, so that neither is the only sign. */
export type Mark =
  | ("answered" | "refused" | "elsewhere" | "left" | "failed")
  | ("slots" | "flight" | "limit")
  | ("whole" | "due" | "token");

export const paragraph = (...lines: Text[]): TextBlock => ({ kind: "text", lines });

/** A column may be its name alone. */
export const table = (
  columns: readonly (string | Column)[],
  rows: readonly (readonly Text[])[],
  how: Pick<TableBlock, "title" | "show" | "rowIds"> = {},
): TableBlock => ({
  kind: "table",
  columns: columns.map((column) => (typeof column === "string" ? { name: column } : column)),
  rows,
  ...how,
});

/** A column of numbers. */
export const right = (name: string): Column => ({ name, align: "right" });
export const shrinking = (name: string): Column => ({ name, shrinks: true });

export const section = (id: string, title: string, blocks: readonly Block[]): SectionBlock => ({
  kind: "section",
  id,
  title,
  blocks,
});

/** Facts, for a format that has no list of names and values. */
export const factsTable = (facts: readonly Fact[]): TableBlock => table(["what", "value"], facts);

/** A heatmap, for a format without colours: its words alone. */
export function heatmapTable({ columns, rows }: HeatmapBlock): TableBlock {
  const names = Array.from({ length: Math.max(1, ...rows.map((row) => row.names.length)) }, (_, at) => at);
  return table(
    [...names.map(() => ""), ...columns],
    rows.map((row) => [...names.map((at) => row.names[at] ?? ""), ...row.cells.map((cell) => cell?.text ?? "")]),
  );
}

const STATES: Record<string, Tone> = {
  ok: "good",
  pass: "good",
  healthy: "good",
  done: "good",
  full: "warn",
  warn: "warn",
  planned: "warn",
  inconclusive: "warn",
  skip: "dim",
  none: "dim",
};

/** A state in the colour that it has everywhere; a word not listed is bad news. */
export const state = (word: string): Text => toned(STATES[word] ?? "bad", word);
