import type { EChartsOption } from "echarts";
import type { Text, Tone } from "../terminal/colour.js";
import { renderJson } from "./json.js";
import type { Block, Outcome } from "./view.js";

/** What a person reads at length, from top to bottom: a page, or the text of an issue. */
export interface Article {
  readonly title: string;
  /** The answer, before everything else; null when there is none. */
  readonly status: { readonly word: string; readonly tone: Tone; readonly lines: readonly string[] } | null;
  readonly sections: readonly Section[];
  /** A copy of what the article was made of; only a page carries it. */
  readonly attachment: Attachment | null;
}

export interface Section {
  /** Stable, for links: `evidence`. */
  readonly id: string;
  readonly title: string;
  readonly passages: readonly Passage[];
}

export type Passage =
  | Block
  /** Names and what belongs to them. */
  | { readonly kind: "facts"; readonly facts: readonly (readonly [string, Text])[] }
  | { readonly kind: "heading"; readonly text: string }
  /** What somebody types. */
  | { readonly kind: "code"; readonly text: string }
  /** A long table: a page lets it scroll by itself. `marks` are the ids of its rows, for links. */
  | { readonly kind: "long"; readonly title: string; readonly table: TableBlock; readonly marks: readonly string[] }
  /** Words by rows and columns, each on a ground that tells how bad it is: the whole at a glance. */
  | {
      readonly kind: "heat";
      readonly title: string;
      readonly columns: readonly string[];
      readonly rows: readonly HeatRow[];
    }
  /** Kept folded until somebody wants it. */
  | { readonly kind: "folded"; readonly title: string; readonly table: TableBlock }
  /** A sentence that points into a long table. */
  | {
      readonly kind: "evidence";
      readonly text: string;
      readonly links: readonly Link[];
      readonly names: readonly string[];
    }
  | Chart;

export interface HeatRow {
  /** What the row is about, the most important word first. */
  readonly names: readonly string[];
  /** One a column; null where there is nothing to tell. */
  readonly cells: readonly (HeatCell | null)[];
}

export interface HeatCell extends Link {
  readonly tone: Extract<Tone, "good" | "bad" | "warn" | "dim">;
  /** Less bad than others of its tone. */
  readonly faint?: boolean;
}

interface Link {
  readonly text: string;
  /** The id of a row or a section. */
  readonly to: string;
}

type TableBlock = Extract<Block, { kind: "table" }>;

export interface Chart {
  readonly kind: "chart";
  readonly id: string;
  readonly title: string;
  /** The same in words, for those who do not see it. */
  readonly words: string;
  readonly legend: readonly { readonly mark: Mark; readonly text: string }[];
  /** How it is drawn on so many pixels. */
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

export interface Attachment {
  /** The name of the file that it becomes again. */
  readonly name: string;
  /** NDJSON or JSON. */
  readonly text: string;
}

/** The page of a command that has nothing to add to its view. */
export function articleOfView({ document, view }: Pick<Outcome, "document" | "view">): Article {
  const name = document.schema.replace(/\/.*/, "");
  return {
    title: name.replace(".", " "),
    status: null,
    sections: [{ id: "report", title: "Report", passages: view.blocks }],
    attachment: { name: `${name}.json`, text: renderJson(document) },
  };
}
