import type { ProbeDocument } from "../output/documents/probe.js";
import type { ProbeEvent } from "../verdict/events.js";
import { type Analysis, analyse } from "../verdict/index.js";
import { createProbeDocument } from "./document.js";
import type { RecordedRun } from "./reader.js";
import type { RunEnd } from "./schema.js";
import { verdictInput } from "./verdict-input.js";

/** A recorded run as the judge of this release sees it. */
export interface JudgedRun extends Pick<RecordedRun, "header" | "events"> {
  /** What the probe of this run said, or would have said at the end of its record. */
  readonly document: ProbeDocument;
  /**
   * The end of the run as evidence: what it found and what it proves, made anew from its calls and readings. What the
   * file says of itself is never believed; where it claims nothing, nothing is looked for. Null for a run without an
   * end.
   */
  readonly end: RunEnd | null;
}

/** Judges a recorded run anew: once, and only when something is asked of it that needs it. */
export function rejudge(run: RecordedRun): JudgedRun {
  const { header, events, end, path } = run;
  let judged: Analysis | undefined;
  const analysis = () => {
    judged ??= analyse(verdictInput(header, whyStopped(run)), events);
    return judged;
  };
  return {
    header,
    events,
    get document() {
      const durationMs = end?.durationMs ?? lastEventMs(events);
      return createProbeDocument({
        header,
        events,
        ...analysis(),
        overhead: end?.overhead ?? null,
        durationMs,
        run: path,
      });
    },
    get end() {
      if (end === null) return null;
      const found = end.verdict.status === "finding";
      if (!found && end.proven === null) return end;
      const { verdict, proven } = analysis();
      return {
        ...end,
        verdict: found ? verdict : end.verdict,
        proven: end.proven === null || header.redis === null ? null : proven,
      };
    },
  };
}

/** Why a run without an end is judged as one that was stopped. */
const NO_END = "the record has no end, so the run was killed or is still at work";

/** Why a run ended early; null when it did all it had planned. */
export const whyStopped = ({ end }: RecordedRun): string | null => (end === null ? NO_END : end.stopped);

/** When the last of these happened, ms since the run began. */
export const lastEventMs = (events: readonly ProbeEvent[]): number =>
  events.reduce((last, event) => Math.max(last, event.kind === "call" ? event.endedMs : event.atMs), 0);
