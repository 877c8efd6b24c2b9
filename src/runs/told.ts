import type { ProbeDocument } from "../output/documents/probe.js";
import { caseOf } from "../probe/case.js";
import { documentOf, type Told } from "../probe/document.js";
import type { RecordedRun } from "../probe/record.js";
import type { ProbeEvent } from "../verdict/history.js";
import { judge } from "../verdict/index.js";
import { limitInForce } from "../verdict/limit.js";

/** Why a run without an end is judged as one that was stopped. */
const NO_END = "the record has no end, so the run was killed or is still at work";

/** What the probe of this run said, or would have said at the end of its record. The verdict is made anew, by the judge of this release. */
export function tellRun(run: RecordedRun): ProbeDocument {
  const { header, events, end, path } = run;
  const verdict = judge(caseOf(header, stoppedOf(run)), events);
  return document({
    header,
    events,
    verdict,
    stopped: stoppedOf(run),
    overhead: end?.overhead ?? null,
    durationMs: end?.durationMs ?? lastMs(events),
    run: path,
  });
}

export const stoppedOf = ({ end }: RecordedRun): string | null => (end === null ? NO_END : end.stopped);

/** A document of events that were judged. */
export function document(told: Omit<Told, "limit">): ProbeDocument {
  const calls = told.events.filter((event) => event.kind === "call");
  return documentOf({ ...told, limit: limitInForce(told.header.limit, calls) });
}

export const lastMs = (events: readonly ProbeEvent[]): number =>
  events.reduce((last, event) => Math.max(last, event.kind === "call" ? event.endedMs : event.atMs), 0);
