import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { invoke } from "../../src/cli/execute.js";
import { buildProgram, type Invocation } from "../../src/cli/program.js";
import type { PrintableResult } from "../../src/output/command-result.js";
import { render } from "../../src/output/index.js";
import { Terminal } from "../../src/terminal/terminal.js";
import { collect } from "./collect.js";

/** What was typed, understood but not run. Throws commander's error. */
export function understand(argv: readonly string[]): Invocation {
  let invocation: Invocation | undefined;
  const program = buildProgram("0.0.0", (chosen) => {
    invocation = chosen;
  });
  const all = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
  for (const command of all) command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  program.parse([...argv], { from: "user" });
  if (!invocation) throw new Error(`nothing to run in: ${argv.join(" ")}`);
  return invocation;
}

export interface Ran {
  readonly outcome: PrintableResult;
  /** The text on stdout, before secrets are hidden. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process, without a terminal, with a home of its own. Throws what the command throws. */
export async function runProgram(argv: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const home = mkdtempSync(join(tmpdir(), "llmctl-home-"));
  let stderr = "";
  const stdin = new PassThrough();
  stdin.end();
  const terminal = new Terminal({
    stdout: { write: () => true },
    stderr: { write: (text: string) => (stderr += text) },
    stdin: stdin as unknown as NodeJS.ReadStream,
    env,
  });
  const { signal } = new AbortController();
  const { result: outcome, output } = await invoke(understand(argv), terminal, { HOME: home, ...env }, signal);
  if (outcome.kind === "printed") throw new Error("it printed by itself");
  const quiet = argv.includes("--quiet");
  const stdout = await collect(render(outcome, output, { colour: false, width: 0, quiet }));
  return { outcome, stdout: stdout.join(""), stderr };
}
