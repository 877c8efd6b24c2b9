import { usageError } from "../errors.js";

export type Metadata = Readonly<Record<string, unknown>>;

/** `k=v` words to an object of texts; the first `=` divides, so that a value may hold others. */
export function parseMetadata(words: readonly string[]): Metadata {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at < 1) {
        throw usageError(
          "bad-metadata",
          `--metadata ${word} is not of the form name=value`,
          "for example: --metadata owner=ci",
        );
      }
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

/** What was there with what is new over it. LiteLLM replaces the whole object, so all of it has to be sent. */
export const mergeMetadata = (stored: unknown, added: Metadata): Metadata => ({
  ...(typeof stored === "object" && stored !== null && !Array.isArray(stored) ? stored : {}),
  ...added,
});
