/**
 * Control characters except tab and newline, and those that change the writing direction: in an external name they
 * could overwrite the screen.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Escapes unprintable characters: `\u001b`. */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The same on one line, for a cell of a table. */
export const printableLine = (text: string): string =>
  printable(text).replace(/[\n\t]/g, (character) => (character === "\n" ? "\\n" : "\\t"));
