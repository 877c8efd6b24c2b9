import type { Terminal } from "../terminal/streams.js";
import { isAdmitted, isRefused } from "../verdict/calls.js";
import type { ProbeEvent } from "../verdict/history.js";

/** The line that shows how a run is going on a terminal. */
export class Meter {
  readonly #terminal: Terminal;
  readonly #limit: number | null;
  readonly #about: string;
  #sent = 0;
  #admitted = 0;
  #refused = 0;
  #held: number | null = null;

  /** `about`: which of several runs it is; empty where there is one. */
  constructor(terminal: Terminal, limit: number | null, about = "") {
    this.#terminal = terminal;
    this.#limit = limit;
    this.#about = about === "" ? "" : `${about}: `;
  }

  show(event: ProbeEvent): void {
    if (event.kind === "slots") this.#held = event.held;
    else {
      this.#sent++;
      if (isAdmitted(event)) this.#admitted++;
      if (isRefused(event)) this.#refused++;
    }
    const slots = this.#held === null ? "" : `, Redis holds ${this.#held}/${this.#limit ?? "?"}`;
    const calls = `${this.#sent} calls: ${this.#admitted} admitted, ${this.#refused} refused${slots}`;
    this.#terminal.progress.show(`${this.#about}${calls}`);
  }
}
