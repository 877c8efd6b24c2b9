import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { buildProgram, type Invocation } from "./cli/program.js";
import { systemClock } from "./config/clock.js";
import type { ReadLitellm } from "./config/litellm-source.js";
import { loadSettings } from "./config/load.js";
import { EXIT, errorCode, LlmctlError, usageError } from "./errors.js";
import type { PrintableResult } from "./output/command-result.js";
import type { ErrorDocument } from "./output/documents/error.js";
import { type Format, render } from "./output/index.js";
import { Terminal } from "./terminal/terminal.js";

const version = (): string => JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;

/** Runs the program on this process's arguments and streams; returns the exit code. */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<number> {
  process.stdout.on("error", onOutputError);
  const asked = {
    quiet: argv.includes("--quiet"),
    input: !argv.includes("--no-input"),
    debug: argv.includes("--debug"),
    json: argv.includes("--json") || /(^| )--output[= ]json( |$)/.test(argv.join(" ")),
  };
  const { stdout, stderr, stdin, env } = process;
  const terminal = new Terminal({ stdout, stderr, stdin, env, ...asked });
  try {
    const invocation = parse(argv);
    return invocation ? await run(invocation, terminal) : EXIT.done;
  } catch (error) {
    return fail(error, terminal, asked);
  }
}

/** `llmctl … | head` closes the pipe early, which is no error of ours. A full disk is one, and leaves half a document. */
function onOutputError(error: Error): never {
  if (errorCode(error) === "EPIPE") process.exit(EXIT.done);
  process.stderr.write(`error: the output could not be written: ${error.message}\n`);
  process.exit(EXIT.unexpected);
}

/** Undefined when commander has printed the answer itself: --help, --version. */
function parse(argv: readonly string[]): Invocation | undefined {
  let invocation: Invocation | undefined;
  const program = buildProgram(version(), (chosen) => {
    invocation = chosen;
  });
  const quietErrors = { writeErr: () => {} };
  const all = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
  for (const command of all) command.exitOverride().configureOutput(quietErrors);
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
    return usageError("usage", `${command} needs a verb`, `see: llmctl ${command} --help`);
  const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  return usageError("usage", message, "see: llmctl --help, or llmctl <command> --help");
}

async function run(invocation: Invocation, terminal: Terminal): Promise<number> {
  const interruption = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    // A second Ctrl-C exits at once.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(signal);
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    const { stdin, env } = process;
    const warn = (line: string) => terminal.warn(line);
    const readLitellm: ReadLitellm = async (...words) =>
      (await import("./litellm/config-yaml/source.js")).litellmSource(...words);
    const settings = await loadSettings({ flags: invocation.flags, env, stdin, warn, readLitellm });
    terminal.secrets.learn(settings.apiKey);
    terminal.secrets.learn(settings.redis?.password);
    if (settings.redis?.kind === "sentinel") terminal.secrets.learn(settings.redis.sentinelPassword);
    const publish = (early: PrintableResult) => print(early, terminal, settings.output);
    const context = { settings, terminal, clock: systemClock, env, signal: interruption.signal, publish };
    const result = await invocation.run(context);
    if (result.kind !== "printed") await publish(result);
    return result.exit;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

async function print(result: PrintableResult, terminal: Terminal, format: Format): Promise<void> {
  const { columns, quiet } = terminal;
  const reveals = result.kind === "document" ? result.reveals : undefined;
  const clean = (text: string) => terminal.secrets.text(text, reveals);
  if (result.kind === "document" && result.file) {
    const { saveReport } = await import("./output/save.js");
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
