import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "llmctl.js");

/** The program at a terminal that it draws on. */
export interface Watched {
  /** Everything written, escape codes too. */
  written(): string;
  /** The screens drawn so far, as lines of text. */
  frames(): string[][];
  /** Waits for a drawn screen that holds this text. */
  until(text: string | RegExp): Promise<string[]>;
  type(text: string): void;
  kill(signal: string): void;
  readonly done: Promise<number>;
}

/** Runs the built program at a terminal of this size. */
export function watchAtTerminal(
  argv: readonly string[],
  size: { cols: number; rows: number },
  env: Record<string, string>,
): Watched {
  const { PATH = "", TMPDIR = "" } = process.env;
  const terminal = spawn(process.execPath, [program, ...argv], {
    name: "xterm-256color",
    ...size,
    env: { PATH, TMPDIR, TERM: "xterm-256color", ...env },
  });
  let written = "";
  terminal.onData((data) => {
    written += data;
  });
  const done = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  const timer = setTimeout(() => terminal.kill("SIGKILL"), 40_000);
  void done.then(() => clearTimeout(timer));
  const frames = () =>
    written
      .split("\u001b[H")
      .slice(1)
      .filter((frame) => frame.includes("\u001b[J"))
      .map((frame) => stripVTControlCharacters(frame.split("\u001b[J")[0] as string).split("\r\n"));
  return {
    written: () => written,
    frames,
    async until(text) {
      for (let waited = 0; waited < 20_000; waited += 50) {
        const found = frames().find((frame) => frame.join("\n").match(text));
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`never drawn: ${text}\n${written}`);
    },
    type: (text) => terminal.write(text),
    kill: (signal) => terminal.kill(signal),
    done,
  };
}
