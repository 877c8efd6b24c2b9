import { writeFile } from "node:fs/promises";
import { errorCode, usageError } from "../errors.js";
import type { DocumentResult } from "./command-result.js";
import { render } from "./index.js";

/** Writes the output to a file, mode 0600, instead of stdout; returns a line that says so. `clean` redacts secrets. */
export async function saveReport(
  result: DocumentResult,
  { path, format }: NonNullable<DocumentResult["file"]>,
  clean: (text: string) => string,
): Promise<string> {
  const pieces: string[] = [];
  for await (const text of render(result, format, { colour: false, width: 0, quiet: false })) pieces.push(text);
  const text = clean(pieces.join(""));
  await writeFile(path, text, { mode: 0o600 }).catch((error: unknown) => {
    throw usageError({
      code: "cannot-write",
      message: `cannot write ${path}: ${errorCode(error) ?? String(error)}`,
      hint: "name another file: --write",
    });
  });
  return `${path} is written: ${format}, ${Math.ceil(Buffer.byteLength(text) / 1024)} KiB`;
}
