import { extname } from "node:path";
import { usageError } from "../errors.js";
import type { DocumentResult } from "../output/command-result.js";
import type { Format } from "../output/formats.js";

interface Words {
  readonly write?: string;
  readonly output?: string;
  readonly json?: boolean;
}

const ENDINGS: Readonly<Record<string, Format>> = {
  ".html": "html",
  ".md": "markdown",
  ".json": "json",
  ".ndjson": "ndjson",
  ".csv": "csv",
  ".txt": "table",
};

/** Where the report is written: undefined for stdout. A page is never printed to a terminal. */
export function fileFor(words: Words, format: Format, onTerminal: boolean): DocumentResult["file"] {
  const { write, output, json } = words;
  if (write === undefined) {
    if (format === "html" && onTerminal)
      throw usageError({
        code: "page-on-terminal",
        message: "a page is nothing for a terminal",
        hint: "give it a file: --write report.html",
      });
    return undefined;
  }
  if (output !== undefined || json) return { path: write, format };
  const named = ENDINGS[extname(write).toLowerCase()];
  if (!named)
    throw usageError({
      code: "bad-write",
      message: `the ending of ${write} names no format`,
      hint: `use one of ${Object.keys(ENDINGS).join(", ")}, or give --output`,
    });
  return { path: write, format: named };
}
