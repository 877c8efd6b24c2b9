import { styleText } from "node:util";

/** The meaning of a text, which determines its colour; the colour is never the only sign. */
export type Tone = "plain" | "good" | "bad" | "warn" | "dim" | "strong" | "command";

/** A line or a cell: bare text, or text with a tone. */
export type Text = string | { readonly text: string; readonly tone: Tone };

/** Gives a text a tone. */
export const toned = (tone: Tone, text: string): Text => ({ text, tone });
/** The bare text. */
export const plain = (text: Text): string => (typeof text === "string" ? text : text.text);

const STYLES = {
  good: "green",
  bad: "red",
  warn: "yellow",
  dim: "dim",
  strong: "bold",
  command: "cyan",
} as const;

/** Converts tones into escape codes, or into plain text where the stream has no colour. */
export function paint(text: Text, colour: boolean): string {
  if (typeof text === "string" || !colour || text.tone === "plain") return plain(text);
  // Node 22 would check process.stdout itself; here the stream that the text goes to has decided.
  return styleText(STYLES[text.tone], text.text, { validateStream: false });
}

/**
 * NO_COLOR (any non-empty value) wins over FORCE_COLOR, which wins over the kind of stream; TERM=dumb has no colour.
 */
export function wantsColour(env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return isTTY && env.TERM !== "dumb";
}
