import { usageError } from "../errors.js";

export const FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html"] as const;
export type Format = (typeof FORMATS)[number];

export function parseFormat(word: string): Format {
  const format = FORMATS.find((one) => one === word);
  if (!format) throw usageError("bad-output", `--output ${word} is not known`, `use one of: ${FORMATS.join(", ")}`);
  return format;
}
