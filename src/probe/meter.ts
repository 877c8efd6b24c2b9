import type { Terminal } from "../terminal/streams.js";
import { isAdmitted, isRefused } from "../verdict/calls.js";
import type { ProbeEvent } from "../verdict/history.js";

/** The line that shows how a run is going on a terminal. */
export class Meter {
  readonly #terminal: Terminal;
  readonly #limit: number | null;
  #sent = 0;
  #admitted = 0;
  #refused = 0;
  #held: number | null = null;

  constructor(terminal: Terminal, limit: number | null) {
    this.#terminal = terminal;
    this.#limit = limit;
  }

  show(event: ProbeEvent): void {
    if (event.kind === "slots") this.#held = event.held;
    else {
      this.#sent++;
      if (isAdmitted(event)) this.#admitted++;
      if (isRefused(event)) this.#refused++;
    }
    const slots = this.#held === null ? "" : `, Redis holds ${this.#held}/${this.#limit ?? "?"}`;
    this.#terminal.progress.show(`${this.#sent} calls: ${this.#admitted} admitted, ${this.#refused} refused${slots}`);
  }
}
