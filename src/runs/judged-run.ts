import type { ProbeDocument } from "../output/documents/probe.js";
import type { Attachment } from "../output/page.js";
import type { ProbeEvent } from "../verdict/events.js";
import { analyse } from "../verdict/index.js";
import { createProbeDocument } from "./document.js";
import type { RecordedRun, RunHeader } from "./schema.js";
import { verdictInput } from "./verdict-input.js";

/** A recorded run, judged again: its document and its events. */
export interface JudgedRun {
  readonly header: RunHeader;
  readonly events: readonly ProbeEvent[];
  readonly document: ProbeDocument;
  /** What a reader must know of the record: that it is torn, how clocks were aligned. */
  readonly remarks: readonly string[];
  /** The record as it is in its file or files. */
  readonly attachment: Attachment;
}

/** Its calls in the order of sending, and its readings of Redis. */
export function eventsOf({ events }: Pick<JudgedRun, "events">) {
  const calls = events.filter((event) => event.kind === "call").sort((a, b) => a.n - b.n);
  return { calls, readings: events.filter((event) => event.kind === "slots") };
}

/** Why a run without an end counts as stopped. */
const NO_END = "the record has no end, so the run was killed or is still at work";

/** The document of a recorded run, or of its recorded part, as the present rules judge it. */
export function rejudge(run: RecordedRun): ProbeDocument {
  const { header, events, end, path } = run;
  const durationMs = end?.durationMs ?? lastMs(events);
  const analysis = analyse(verdictInput(header, stoppedOf(run)), events);
  return createProbeDocument({ header, events, ...analysis, overhead: end?.overhead ?? null, durationMs, run: path });
}

/** Why the run ended early; null when it did not. */
export const stoppedOf = ({ end }: RecordedRun): string | null => (end === null ? NO_END : end.stopped);

/** Time of the last event, in milliseconds since the run began. */
export const lastMs = (events: readonly ProbeEvent[]): number =>
  events.reduce((last, event) => Math.max(last, event.kind === "call" ? event.endedMs : event.atMs), 0);
