import type { Format } from "./formats.js";
import type { Page, Row } from "./page.js";

/** What a command returns. The command itself prints nothing; each kind has only the fields that apply to it. */
export type CommandResult = PrintableResult | PrintedResult;

/** A result that `render` can print. */
export type PrintableResult = DocumentResult | StreamResult | LiveResult | ScreenResult;

/** A document and the page that is rendered from it. */
export interface DocumentResult {
  readonly kind: "document";
  readonly exit: number;
  /** `{ schema: "llmctl.<name>/1", … }`, see output/documents. */
  readonly document: { readonly schema: string };
  readonly page: Page;
  /** Content of an HTML page or an issue, where it has more than `page`. */
  readonly pages?: Readonly<Partial<Record<"html" | "markdown", () => Page>>>;
  /** The file that gets the output instead of stdout, and its format. */
  readonly file?: { readonly path: string; readonly format: Format };
  /** What `--quiet` prints instead of the page: one line, such as a new secret. */
  readonly brief?: string;
  /** Secrets that this document exists to show. */
  readonly reveals?: readonly string[];
}

/** More rows than a document should hold: ndjson and csv stream them, all with the columns of the first. */
interface StreamResult {
  readonly kind: "stream";
  readonly exit: number;
  readonly rows: AsyncIterable<readonly Row[]>;
  /** For formats that need the end: the first rows, and how many there are. */
  readonly document: { readonly schema: string };
  readonly page: Page;
}

/** Rows until the user ends the command: formats that need the end print them as ndjson. */
interface LiveResult {
  readonly kind: "live";
  readonly exit: number;
  readonly rows: AsyncIterable<readonly Row[]>;
}

/** A command that drew on the terminal until it ended: the page is what remains. */
interface ScreenResult {
  readonly kind: "screen";
  readonly exit: number;
  readonly page: Page;
}

/** `publish` printed the document while the command was running. */
interface PrintedResult {
  readonly kind: "printed";
  readonly exit: number;
}
