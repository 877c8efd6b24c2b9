import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { systemClock } from "../config/clock.js";
import type { Context } from "../config/context.js";
import type { ReadLitellm } from "../config/litellm-source.js";
import { loadSettings } from "../config/load.js";
import { EXIT, LlmctlError, usageError } from "../errors.js";
import type { CommandResult, PrintableResult } from "../output/command-result.js";
import type { ErrorDocument } from "../output/documents/error.js";
import { type Format, render } from "../output/index.js";
import { type OutputStream, Terminal, type TerminalOptions } from "../terminal/terminal.js";
import { buildProgram, type Invocation } from "./program.js";

/** Where the program reads and writes. */
export type Streams = Pick<TerminalOptions, "stdout" | "stderr" | "stdin">;

const version = (): string => JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;

/**
 * Runs what was typed, writes to these streams only, and returns the exit code. `signal`: Ctrl-C; its reason is the
 * signal's name.
 */
export async function execute(
  argv: readonly string[],
  streams: Streams,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const asked = {
    quiet: argv.includes("--quiet"),
    input: !argv.includes("--no-input"),
    debug: argv.includes("--debug"),
    json: argv.includes("--json") || /(^| )--output[= ]json( |$)/.test(argv.join(" ")),
  };
  const terminal = new Terminal({ ...streams, env, ...asked });
  try {
    const invocation = parse(argv, streams.stdout);
    if (!invocation) return EXIT.done;
    const { result, output } = await invoke(invocation, terminal, env, signal);
    if (result.kind !== "printed") await print(result, terminal, output);
    return result.exit;
  } catch (error) {
    return fail(error, terminal, asked);
  }
}

/** Loads the settings and runs the command. Throws what the command throws; the result is not printed yet. */
export async function invoke(
  { flags, run }: Invocation,
  terminal: Terminal,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ readonly result: CommandResult; readonly output: Format }> {
  const readLitellm: ReadLitellm = async (...words) =>
    (await import("../litellm/config-yaml/source.js")).litellmSource(...words);
  const warn = (line: string) => terminal.warn(line);
  const settings = await loadSettings({ flags, env, stdin: terminal.stdin, warn, readLitellm });
  const { output } = settings;
  terminal.secrets.learn(settings.apiKey);
  terminal.secrets.learn(settings.redis?.password);
  if (settings.redis?.kind === "sentinel") terminal.secrets.learn(settings.redis.sentinelPassword);
  const publish = (early: PrintableResult) => print(early, terminal, output);
  const context: Context = { settings, terminal, clock: systemClock, env, signal, publish };
  return { result: await run(context), output };
}

/** Undefined when commander has answered by itself: --help, --version. */
function parse(argv: readonly string[], stdout: OutputStream): Invocation | undefined {
  let invocation: Invocation | undefined;
  const program = buildProgram(version(), (chosen) => {
    invocation = chosen;
  });
  const output = { writeOut: (text: string) => void stdout.write(text), writeErr: () => {} };
  const all = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
  for (const command of all) command.exitOverride().configureOutput(output);
  if (argv.length === 0) {
    program.outputHelp();
    return undefined;
  }
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageFrom(error, program.args);
  }
  return invocation;
}

function usageFrom(error: CommanderError, words: readonly string[]): LlmctlError {
  const command = words
    .filter((word) => /^[a-z]+$/.test(word))
    .slice(0, 2)
    .join(" ");
  if (error.code === "commander.help")
    return usageError({ code: "usage", message: `${command} needs a verb`, hint: `see: llmctl ${command} --help` });
  const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  return usageError({ code: "usage", message, hint: "see: llmctl --help, or llmctl <command> --help" });
}

async function print(result: PrintableResult, terminal: Terminal, format: Format): Promise<void> {
  const { columns, quiet } = terminal;
  const reveals = result.kind === "document" ? result.reveals : undefined;
  const clean = (text: string) => terminal.secrets.text(text, reveals);
  if (result.kind === "document" && result.file) {
    const { saveReport } = await import("../output/save.js");
    return terminal.note(await saveReport(result, result.file, clean));
  }
  for await (const text of render(result, format, { colour: terminal.colour.out, width: columns, quiet })) {
    await terminal.document(clean(text));
  }
}

function fail(error: unknown, terminal: Terminal, asked: { debug: boolean; json: boolean }): number {
  const known = error instanceof LlmctlError ? error : undefined;
  const message = known?.message ?? `unexpected: ${error instanceof Error ? error.message : String(error)}`;
  const hint =
    known?.hint ??
    (known ? undefined : "this is a defect of llmctl; run it again with --debug and report what it says");
  const exit = known?.exit ?? EXIT.unexpected;
  if (asked.json) {
    const document: ErrorDocument = {
      schema: "llmctl.error/1",
      error: { code: known?.code ?? "unexpected", message, hint: hint ?? null, exit },
    };
    terminal.document(terminal.secrets.text(`${JSON.stringify(document, null, 2)}\n`));
  }
  terminal.warn({ text: `error: ${message}`, tone: "bad" });
  if (hint) terminal.warn({ text: `  ${hint}`, tone: "plain" });
  if (asked.debug && error instanceof Error) terminal.warn({ text: error.stack ?? "", tone: "dim" });
  return exit;
}
