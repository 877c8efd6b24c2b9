import { paint, plain, type Text, wantsColour } from "./colour.js";
import type { OutputStream } from "./output-stream.js";
import { printable } from "./printable.js";
import { Progress } from "./progress.js";
import { Redactor } from "./redact.js";
import { Screen } from "./screen.js";
import { wrap } from "./wrap.js";

export type { OutputStream } from "./output-stream.js";

/** Options of a terminal. */
export interface TerminalOptions {
  stdout: OutputStream;
  stderr: OutputStream;
  stdin: NodeJS.ReadStream;
  env: NodeJS.ProcessEnv;
  quiet?: boolean;
  /** False with --no-input: nothing is ever asked. */
  input?: boolean;
}

/** The program's only output: stdout carries the document, stderr everything else. Both pass the redactor. */
export class Terminal {
  readonly secrets = new Redactor();
  readonly progress: Progress;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: OutputStream;
  readonly colour: { readonly out: boolean; readonly err: boolean };
  /** Width of stdout in columns; 0 when it is no terminal, so that nothing is cut or wrapped. */
  readonly columns: number;
  /** Whether a question can be asked and answered. */
  readonly interactive: boolean;
  readonly quiet: boolean;
  readonly #stdout: OutputStream;
  readonly #dumb: boolean;
  readonly #warned = new Set<string>();

  constructor({ stdout, stderr, stdin, env, quiet = false, input = true }: TerminalOptions) {
    this.#stdout = stdout;
    this.#dumb = env.TERM === "dumb";
    this.stderr = stderr;
    this.stdin = stdin;
    this.quiet = quiet;
    this.colour = { out: wantsColour(env, stdout.isTTY === true), err: wantsColour(env, stderr.isTTY === true) };
    this.columns = stdout.isTTY ? (stdout.columns ?? 80) : 0;
    this.interactive = input && stdin.isTTY === true && stderr.isTTY === true;
    const animated = stderr.isTTY === true && env.TERM !== "dumb" && !quiet;
    this.progress = new Progress(stderr, animated, (text) => this.secrets.text(text));
  }

  /** Prints document text unchanged to stdout: the caller has redacted it. Resolves when the stream accepts more. */
  document(text: string): Promise<void> {
    this.progress.clear();
    if (this.#stdout.write(text) !== false) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.#stdout.once) this.#stdout.once("drain", resolve);
      else resolve();
    });
  }

  /** A screen that can be redrawn; undefined where stdout is no such terminal. */
  screen(): Screen | undefined {
    if (this.#stdout.isTTY !== true || this.#dumb || this.quiet) return undefined;
    this.progress.clear();
    return new Screen(this.#stdout, (text) => this.secrets.text(text));
  }

  /** Prints progress and next steps to stderr; --quiet omits it. */
  note(line: Text): void {
    if (!this.quiet) this.#say(line);
  }

  /** Prints a warning to stderr, also with --quiet. */
  warn(line: Text): void {
    this.#say(typeof line === "string" ? { text: line, tone: "warn" } : line);
  }

  /** Prints a warning about something that recurs only once. */
  warnOnce(line: string): void {
    if (this.#warned.has(line)) return;
    this.#warned.add(line);
    this.warn(line);
  }

  #say(line: Text): void {
    this.progress.clear();
    // Redacted first: a secret that is broken over two lines would not be found.
    const text = this.secrets.text(printable(plain(line)));
    const tone = typeof line === "string" ? "plain" : line.tone;
    const width = this.stderr.isTTY ? (this.stderr.columns ?? 80) : 0;
    for (const part of wrap(text, width)) this.stderr.write(`${paint({ text: part, tone }, this.colour.err)}\n`);
  }
}
