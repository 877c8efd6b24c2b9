import type { Format } from "./formats.js";
import type { Page, Row } from "./page.js";

/** What a command returns. Nothing is printed by the command itself; each kind has only the fields that it can have. */
export type CommandResult = PrintableResult | PrintedResult;

export type PrintableResult = DocumentResult | StreamResult | LiveResult | ScreenResult;

/** A document, and the page that is drawn of it. */
export interface DocumentResult {
  readonly kind: "document";
  readonly exit: number;
  /** `{ schema: "llmctl.<name>/1", … }`, see output/documents. */
  readonly document: { readonly schema: string };
  readonly page: Page;
  /** What a page of HTML or an issue says, where that is more than `page`. */
  readonly pages?: Readonly<Partial<Record<"html" | "markdown", () => Page>>>;
  /** Where the text goes instead of stdout, and in which format. */
  readonly file?: { readonly path: string; readonly format: Format };
  /** What `--quiet` prints instead of the page: one line, such as a new secret. */
  readonly brief?: string;
  /** Secrets that this document exists to show. */
  readonly reveals?: readonly string[];
}

/** More rows than a document should hold: ndjson and csv print them as they come, all with the columns of the first. */
interface StreamResult {
  readonly kind: "stream";
  readonly exit: number;
  readonly rows: AsyncIterable<readonly Row[]>;
  /** For formats that wait for an end: the first rows, and how many there are. */
  readonly document: { readonly schema: string };
  readonly page: Page;
}

/** Rows until the user ends the command: formats that wait for an end print them as ndjson. */
interface LiveResult {
  readonly kind: "live";
  readonly exit: number;
  readonly rows: AsyncIterable<readonly Row[]>;
}

/** A command that drew on the terminal until it ended: the page is what stays there. */
interface ScreenResult {
  readonly kind: "screen";
  readonly exit: number;
  readonly page: Page;
}

/** The document was printed by `publish` while the command was still at work. */
interface PrintedResult {
  readonly kind: "printed";
  readonly exit: number;
}
