import { paint, plain, type Text, wantsColour } from "./colour.js";
import type { OutputStream } from "./output-stream.js";
import { printable } from "./printable.js";
import { Progress } from "./progress.js";
import { Redactor } from "./redact.js";
import { Screen } from "./screen.js";
import { wrap } from "./wrap.js";

export type { OutputStream } from "./output-stream.js";

export interface TerminalOptions {
  stdout: OutputStream;
  stderr: OutputStream;
  stdin: NodeJS.ReadStream;
  env: NodeJS.ProcessEnv;
  quiet?: boolean;
  /** False with --no-input: then nothing is ever asked. */
  input?: boolean;
}

/** The only way to a person: stdout carries the document, stderr everything else, and both pass the redactor. */
export class Terminal {
  readonly secrets = new Redactor();
  readonly progress: Progress;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: OutputStream;
  readonly colour: { readonly out: boolean; readonly err: boolean };
  /** Width of stdout in columns; 0 when it is not a terminal, which means: do not cut or wrap. */
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

  /** Text of the document, to stdout, as it is: the caller has redacted it. Resolves when the stream can take more. */
  document(text: string): Promise<void> {
    this.progress.clear();
    if (this.#stdout.write(text) !== false) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.#stdout.once) this.#stdout.once("drain", resolve);
      else resolve();
    });
  }

  /** A screen to draw on over and over; undefined where stdout is no terminal that can. */
  screen(): Screen | undefined {
    if (this.#stdout.isTTY !== true || this.#dumb || this.quiet) return undefined;
    this.progress.clear();
    return new Screen(this.#stdout, (text) => this.secrets.text(text));
  }

  /** What happens and what to do next, to stderr; --quiet leaves it out. */
  note(line: Text): void {
    if (!this.quiet) this.#say(line);
  }

  /** What must not be missed, to stderr, also with --quiet. */
  warn(line: Text): void {
    this.#say(typeof line === "string" ? { text: line, tone: "warn" } : line);
  }

  /** A warning about something that is met again and again. */
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
