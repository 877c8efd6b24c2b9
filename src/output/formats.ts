import { usageError } from "../errors.js";

/** The formats of `--output`. */
export const FORMATS = ["table", "json", "ndjson", "csv", "markdown", "html"] as const;
/** One of `FORMATS`. */
export type Format = (typeof FORMATS)[number];

/** Parses the name of a format; exit 2 for an unknown one. */
export function parseFormat(word: string): Format {
  const format = FORMATS.find((one) => one === word);
  if (!format)
    throw usageError({
      code: "bad-output",
      message: `--output ${word} is not known`,
      hint: `use one of: ${FORMATS.join(", ")}`,
    });
  return format;
}
