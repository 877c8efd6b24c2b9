import { usageError } from "../errors.js";

/** Metadata of a key. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Parses `k=v` words; the first `=` separates, so a value may contain more. */
export function parseMetadata(words: readonly string[]): Metadata {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at < 1) {
        throw usageError({
          code: "bad-metadata",
          message: `--metadata ${word} is not of the form name=value`,
          hint: "for example: --metadata owner=ci",
        });
      }
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

/** Merges new metadata into what is stored. LiteLLM replaces the whole object, so all of it must be sent. */
export const mergeMetadata = (stored: unknown, added: Metadata): Metadata => ({
  ...(typeof stored === "object" && stored !== null && !Array.isArray(stored) ? stored : {}),
  ...added,
});
