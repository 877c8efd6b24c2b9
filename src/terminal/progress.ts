import type { OutputStream } from "./output-stream.js";
import { printableLine } from "./printable.js";

/**
 * A progress line that is overwritten in place. Silent without a terminal: logs need whole lines, which `note` prints.
 */
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

  /** Replaces the line with `text`, cut to the terminal's width. */
  show(text: string): void {
    if (!this.animated) return;
    const width = (this.#stream.columns ?? 80) - 1;
    const line = printableLine(this.#redact(text));
    this.#stream.write(`\r\u001b[2K${line.length > width ? `${line.slice(0, width - 1)}…` : line}`);
    this.#shown = true;
  }

  /** Removes the line, so that other text can be printed there. */
  clear(): void {
    if (!this.#shown) return;
    this.#stream.write("\r\u001b[2K");
    this.#shown = false;
  }
}
