import type { OutputStream } from "./output-stream.js";
import { printableLine } from "./printable.js";

/** One line on a terminal that is written over again and again. Off a terminal it is silent: logs want whole lines, which `note` gives. */
export class Progress {
  readonly #stream: OutputStream;
  readonly #redact: (text: string) => string;
  readonly animated: boolean;
  #shown = false;

  constructor(stream: OutputStream, animated: boolean, redact: (text: string) => string) {
    this.#stream = stream;
    this.animated = animated;
    this.#redact = redact;
  }

  /** Shows `text`, cut to the terminal's width, in place of the line before. */
  show(text: string): void {
    if (!this.animated) return;
    const width = (this.#stream.columns ?? 80) - 1;
    const line = printableLine(this.#redact(text));
    this.#stream.write(`\r\u001b[2K${line.length > width ? `${line.slice(0, width - 1)}…` : line}`);
    this.#shown = true;
  }

  /** Takes the line away, so that something else can be written there. */
  clear(): void {
    if (!this.#shown) return;
    this.#stream.write("\r\u001b[2K");
    this.#shown = false;
  }
}
