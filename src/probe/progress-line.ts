import { plural } from "../terminal/plural.js";
import type { Terminal } from "../terminal/terminal.js";
import { isAdmitted, isRefused } from "../verdict/calls.js";
import type { ProbeEvent } from "../verdict/events.js";
import type { RunReporter } from "./target-session.js";

/** Milliseconds between redraws: a terminal cannot show thousands of calls a second. */
const DRAW_MS = 50;

/** Reports a run on a terminal: its notes, and one progress line. Call `end`, or it may draw once more. */
export class ProgressLine implements RunReporter {
  readonly #terminal: Terminal;
  readonly #limit: number | null;
  readonly #about: string | undefined;
  #sent = 0;
  #admitted = 0;
  #refused = 0;
  #held: number | null = null;
  #pause: NodeJS.Timeout | undefined;
  #drawn = true;

  /** `about`: a label when several runs share the terminal; their notes are left out. */
  constructor(terminal: Terminal, limit: number | null, about?: string) {
    this.#terminal = terminal;
    this.#limit = limit;
    this.#about = about;
  }

  note(text: string): void {
    if (this.#about === undefined) this.#terminal.note(text);
  }

  event(event: ProbeEvent): void {
    if (event.kind === "slots") this.#held = event.held;
    else {
      this.#sent++;
      if (isAdmitted(event)) this.#admitted++;
      if (isRefused(event)) this.#refused++;
    }
    this.#drawn = false;
    if (this.#pause === undefined) this.#draw();
  }

  end(): void {
    clearTimeout(this.#pause);
    this.#terminal.progress.clear();
  }

  #draw(): void {
    this.#pause = undefined;
    const { progress } = this.#terminal;
    if (this.#drawn || !progress.animated) return;
    this.#drawn = true;
    this.#pause = setTimeout(() => this.#draw(), DRAW_MS);
    const slots = this.#held === null ? "" : `, Redis holds ${this.#held}/${this.#limit ?? "?"}`;
    const calls = `${plural(this.#sent, "call")}: ${this.#admitted} admitted, ${this.#refused} refused${slots}`;
    progress.show(this.#about === undefined ? calls : `${this.#about}: ${calls}`);
  }
}
