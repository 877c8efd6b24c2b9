import { documentOf } from "../probe/document.js";
import type { RecordedRun } from "../probe/record.js";
import { verdictInput } from "../probe/verdict-input.js";
import type { ProbeDocument } from "../report/documents/probe.js";
import type { ProbeEvent } from "../verdict/history.js";
import { analyse } from "../verdict/index.js";

/** Why a run without an end is judged as one that was stopped. */
const NO_END = "the record has no end, so the run was killed or is still at work";

/** What the probe of this run said, or would have said at the end of its record. The verdict is made anew, by the judge of this release. */
export function tellRun(run: RecordedRun): ProbeDocument {
  const { header, events, end, path } = run;
  const durationMs = end?.durationMs ?? lastMs(events);
  const analysis = analyse(verdictInput(header, stoppedOf(run)), events);
  return documentOf({ header, events, ...analysis, overhead: end?.overhead ?? null, durationMs, run: path });
}

export const stoppedOf = ({ end }: RecordedRun): string | null => (end === null ? NO_END : end.stopped);

export const lastMs = (events: readonly ProbeEvent[]): number =>
  events.reduce((last, event) => Math.max(last, event.kind === "call" ? event.endedMs : event.atMs), 0);
