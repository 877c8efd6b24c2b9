import { styleText } from "node:util";

/** What a piece of text means; the colour follows from it and is never the only sign. */
export type Tone = "plain" | "good" | "bad" | "warn" | "dim" | "strong" | "command";

/** A line or a cell: bare text, or text with a meaning. */
export type Text = string | { readonly text: string; readonly tone: Tone };

export const toned = (tone: Tone, text: string): Text => ({ text, tone });
export const plain = (text: Text): string => (typeof text === "string" ? text : text.text);

const STYLES = {
  good: "green",
  bad: "red",
  warn: "yellow",
  dim: "dim",
  strong: "bold",
  command: "cyan",
} as const;

/** Turns meaning into escape codes, or into nothing where the stream wants none. */
export function paint(text: Text, colour: boolean): string {
  if (typeof text === "string" || !colour || text.tone === "plain") return plain(text);
  // Node 22 would look at process.stdout by itself; here it was decided by the stream that the text goes to.
  return styleText(STYLES[text.tone], text.text, { validateStream: false });
}

/** NO_COLOR (any value but empty) wins over FORCE_COLOR, which wins over what the stream is; TERM=dumb has none. */
export function wantsColour(env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return isTTY && env.TERM !== "dumb";
}
