import type { Attachment } from "../output/page.js";
import type { JudgedRun } from "../runs/rejudge.js";

/** A run, or several merged into one, as a report shows it. */
export interface ReportedRun extends Pick<JudgedRun, "header" | "events" | "document"> {
  /** What a reader must know of the record: that it is torn, how clocks were set. */
  readonly remarks: readonly string[];
  /** The record as it is in its file or files. */
  readonly attachment: Attachment;
}

/** Its calls in the order in which they were sent, and its readings of Redis. */
export function callsAndReadings({ events }: Pick<ReportedRun, "events">) {
  const calls = events.filter((event) => event.kind === "call").sort((a, b) => a.n - b.n);
  return { calls, readings: events.filter((event) => event.kind === "slots") };
}
