import type { DumpKey } from "../output/documents/dump.js";
import { byUrgency } from "./to-row.js";

/** Counts every row and keeps the most urgent ones, so that a dump of any size needs the same memory. */
export class TopRows {
  readonly states: Record<string, number> = {};
  total = 0;
  #kept: DumpKey[] = [];
  /** The least urgent row kept at the last cut; later rows below it are not kept. */
  #worst: DumpKey | undefined;

  constructor(private readonly most: number) {}

  get truncated(): boolean {
    return this.total > this.most;
  }

  add(rows: readonly DumpKey[]): void {
    for (const row of rows) {
      this.total++;
      this.states[row.state] = (this.states[row.state] ?? 0) + 1;
      if (this.#worst === undefined || byUrgency(row, this.#worst) < 0) this.#kept.push(row);
    }
    if (this.#kept.length >= this.most * 1.25) this.#cut();
  }

  /** The kept rows, most urgent first. */
  rows(): DumpKey[] {
    this.#cut();
    return [...this.#kept];
  }

  #cut(): void {
    this.#kept.sort(byUrgency);
    if (this.#kept.length > this.most) this.#kept.length = this.most;
    if (this.#kept.length === this.most) this.#worst = this.#kept.at(-1);
  }
}
