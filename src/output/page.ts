import type { EChartsOption } from "echarts";
import { type Text, type Tone, toned } from "../terminal/colour.js";

/** What a reader sees of a document, from top to bottom. Every format except JSON is rendered from it. */
export interface Page {
  /** Missing where the document's name is title enough. */
  readonly title?: string;
  /** The answer, before everything else. */
  readonly status?: { readonly word: string; readonly tone: Tone; readonly lines: readonly string[] };
  readonly blocks: readonly Block[];
  /** The document's main list: one line each in ndjson, one row each in csv. */
  readonly rows?: readonly Row[];
  /** A copy of the page's source; only HTML includes it. */
  readonly attachment?: Attachment;
}

/** One row of a document's main list. */
export type Row = Readonly<Record<string, unknown>>;

/** A file inside a page. */
export interface Attachment {
  /** The name of the file when it is downloaded. */
  readonly name: string;
  /** NDJSON or JSON. */
  readonly text: string;
}

/** A part of a page. */
export type Block =
  | TextBlock
  | TableBlock
  | SectionBlock
  /** Names and their values. */
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

/** Paragraphs of text. */
export interface TextBlock {
  readonly kind: "text";
  readonly lines: readonly Text[];
}

/** A table. */
export interface TableBlock {
  readonly kind: "table";
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Text[])[];
  readonly title?: string;
  /** A long table scrolls in its own box, or is folded until a reader opens it, in formats that support it. */
  readonly show?: "scrolling" | "folded";
  /** Ids for links, one a row. */
  readonly rowIds?: readonly string[];
}

/** A column of a table. */
export interface Column {
  readonly name: string;
  readonly align?: "left" | "right";
  /** May be cut on a narrow terminal, the widest first. Other columns stay whole. */
  readonly shrinks?: boolean;
  /** An id that a reader may type again: it stays unchanged where column names are capitals. */
  readonly verbatim?: boolean;
}

/** A name and its value. */
export type Fact = readonly [name: string, value: Text];

/** A section of a page. */
export interface SectionBlock {
  readonly kind: "section";
  /** Stable, for links: `evidence`. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** Words in rows and columns, each on a colour that shows how bad it is. */
export interface HeatmapBlock {
  readonly kind: "heatmap";
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly HeatmapRow[];
}

/** A row of a heat map. */
export interface HeatmapRow {
  /** Labels of the row, the most important word first. */
  readonly names: readonly string[];
  /** One a column; null for an empty cell. */
  readonly cells: readonly (HeatmapCell | null)[];
}

/** A cell of a heat map. */
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

/** A chart. */
export interface Chart {
  readonly kind: "chart";
  readonly id: string;
  readonly title: string;
  /** The same in words, for readers who cannot see it. */
  readonly words: string;
  readonly legend: readonly { readonly mark: Mark; readonly text: string }[];
  /** Draws it at a width in pixels. */
  readonly draw: (width: number) => Drawing;
}

/** A drawn chart. */
export interface Drawing {
  readonly height: number;
  readonly option: EChartsOption;
  /** Titles of the drawn elements, by series and index: shown as tooltips. */
  readonly titles: readonly (readonly string[])[];
}

/** The look of an element in charts: colour and form carry the same meaning, so that neither is the only sign. */
export type Mark =
  | ("answered" | "refused" | "elsewhere" | "left" | "failed")
  | ("slots" | "flight" | "limit")
  | ("whole" | "due" | "token");

/** Creates a paragraph. */
export const paragraph = (...lines: Text[]): TextBlock => ({ kind: "text", lines });

/** Creates a table; a column may be just its name. */
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

/** A right-aligned column of numbers. */
export const right = (name: string): Column => ({ name, align: "right" });
/** A column that may be cut. */
export const shrinking = (name: string): Column => ({ name, shrinks: true });

/** Creates a section. */
export const section = (id: string, title: string, blocks: readonly Block[]): SectionBlock => ({
  kind: "section",
  id,
  title,
  blocks,
});

/** Facts as a table, for a format without lists of names and values. */
export const factsTable = (facts: readonly Fact[]): TableBlock => table(["what", "value"], facts);

/** A heat map as a table of words, for a format without colours. */
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

/** A state in its colour; an unlisted word is bad. */
export const state = (word: string): Text => toned(STATES[word] ?? "bad", word);
