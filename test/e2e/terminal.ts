import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "llmctl.js");

export interface TypedRun {
  /** Everything that was on the screen, without escape codes. */
  readonly screen: string;
  readonly status: number;
}

/** Runs the built program at a terminal of its own. `answers`: a part of a question, and what is typed when it is asked. */
export function runAtTerminal(
  argv: readonly string[],
  answers: readonly (readonly [question: string, typed: string])[],
  env: Record<string, string> = {},
): Promise<TypedRun> {
  const { PATH = "", TMPDIR = "" } = process.env;
  const terminal = spawn(process.execPath, [program, ...argv], {
    name: "xterm-256color",
    cols: 100,
    rows: 40,
    env: { PATH, TMPDIR, TERM: "xterm-256color", ...env },
  });
  const waiting = [...answers];
  let [screen, since] = ["", ""];
  terminal.onData((data) => {
    screen += data;
    since += stripVTControlCharacters(data);
    const [question, typed] = waiting[0] ?? [];
    if (question === undefined || typed === undefined || !since.includes(question)) return;
    waiting.shift();
    since = "";
    terminal.write(typed);
  });
  const timer = setTimeout(() => terminal.kill("SIGKILL"), 30_000);
  return new Promise((resolve) => {
    terminal.onExit(({ exitCode }) => {
      clearTimeout(timer);
      resolve({ screen: stripVTControlCharacters(screen), status: exitCode });
    });
  });
}
