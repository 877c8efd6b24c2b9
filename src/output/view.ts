import { type Text, type Tone, toned } from "../terminal/colour.js";
import type { Format } from "./formats.js";
import type { Article } from "./page.js";

/** What a person sees of a document: paragraphs and tables, in order. Each command's view.ts makes one from its document. */
export interface View {
  readonly blocks: readonly Block[];
  /** The document's main list: one line each in ndjson, one row each in csv. */
  readonly rows: readonly Row[];
}

export type Row = Readonly<Record<string, unknown>>;

export type Block =
  | { readonly kind: "text"; readonly lines: readonly Text[] }
  | { readonly kind: "table"; readonly columns: readonly Column[]; readonly rows: readonly (readonly Text[])[] };

export interface Column {
  readonly name: string;
  readonly align?: "left" | "right";
  /** May be cut short on a narrow terminal, the widest first. The others stay whole. */
  readonly shrinks?: boolean;
  /** It is an id or the like, which somebody may type again: its letters stay as they are where names of columns are capitals. */
  readonly verbatim?: boolean;
}

export const paragraph = (...lines: Text[]): Block => ({ kind: "text", lines });
export const table = (columns: readonly Column[], rows: readonly (readonly Text[])[]): Block => ({
  kind: "table",
  columns,
  rows,
});

/** A document and all that the program needs to end with it. Commands return it; nothing is printed by them. */
export interface Outcome {
  /** `{ schema: "llmctl.<name>/1", … }`, see output/documents. */
  readonly document: { readonly schema: string };
  readonly view: View;
  readonly exit: number;
  /**
   * More rows than a document should hold, or rows that are still to come: ndjson and csv print these instead of the view's, as they come.
   * All have the columns of the first.
   */
  readonly stream?: AsyncIterable<readonly Row[]>;
  /** The stream is all there is, and ends only when somebody ends it: formats that wait for an end print it as ndjson. */
  readonly live?: true;
  /** What a page and an issue say, where that is more than the view. */
  readonly articles?: Readonly<Record<"html" | "markdown", () => Article>>;
  /** Where the text goes instead of stdout, and in which format. */
  readonly file?: { readonly path: string; readonly format: Format };
  /** What `--quiet` prints instead of the view: one line, such as a new secret. */
  readonly brief?: string;
  /** Secrets that this document exists to show. */
  readonly reveals?: readonly string[];
  /** It was printed by `publish` while the command was still at work. */
  readonly printed?: true;
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
