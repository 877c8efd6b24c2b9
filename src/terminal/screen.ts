import { stripVTControlCharacters } from "node:util";
import type { OutputStream } from "./output-stream.js";

/** Another page of the terminal, no cursor, and long lines are cut and not wrapped; all this is taken back by CLOSE. */
const OPEN = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const CLOSE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const REST_OF_LINE = "\u001b[K";
const REST_OF_SCREEN = "\u001b[J";

/** A whole screen that is drawn over and over, in a page of its own: what was on the terminal before is there again when it closes. */
export class Screen {
  #open = false;
  readonly #restore = () => this.close();

  constructor(
    private readonly stream: OutputStream,
    private readonly redact: (text: string) => string,
  ) {}

  /** Asked at every drawing, for windows change their size. */
  get width(): number {
    return this.stream.columns ?? 80;
  }

  get height(): number {
    return this.stream.rows ?? 24;
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) {
      this.#open = true;
      // A second Ctrl-C leaves at once, and must not leave this page behind.
      process.once("exit", this.#restore);
      this.stream.write(OPEN);
    }
    const shown = lines.slice(0, this.height).map((line) => this.#whole(this.redact(line)));
    this.stream.write(`${HOME}${shown.join("\r\n")}${REST_OF_SCREEN}`);
  }

  /** Behind a line that fills the window the cursor stands on its last character, which would be erased as the rest of the line. */
  #whole(line: string): string {
    return stripVTControlCharacters(line).length < this.width ? `${line}${REST_OF_LINE}` : line;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off("exit", this.#restore);
    this.stream.write(CLOSE);
  }
}
