import { stripVTControlCharacters } from "node:util";
import type { OutputStream } from "./output-stream.js";

/** Alternate screen, no cursor, long lines are cut and not wrapped. CLOSE reverts all this. */
const OPEN = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const CLOSE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const REST_OF_LINE = "\u001b[K";
const REST_OF_SCREEN = "\u001b[J";

/** A full screen that is redrawn in place, on the alternate screen: closing it restores what was on the terminal. */
export class Screen {
  #open = false;
  readonly #restore = () => this.close();

  constructor(
    private readonly stream: OutputStream,
    private readonly redact: (text: string) => string,
  ) {}

  /** Read at every drawing, because windows are resized. */
  get width(): number {
    return this.stream.columns ?? 80;
  }

  get height(): number {
    return this.stream.rows ?? 24;
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) {
      this.#open = true;
      // A second Ctrl-C exits at once and must not leave the alternate screen open.
      process.once("exit", this.#restore);
      this.stream.write(OPEN);
    }
    const shown = lines.slice(0, this.height).map((line) => this.#whole(this.redact(line)));
    this.stream.write(`${HOME}${shown.join("\r\n")}${REST_OF_SCREEN}`);
  }

  /**
   * After a line that fills the window the cursor is on its last character, which erasing the rest of the line would
   * remove.
   */
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
