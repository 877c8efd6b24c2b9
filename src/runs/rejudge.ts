import { analyse } from "../verdict/index.js";
import type { RecordedRun, RunEnd } from "./schema.js";
import { verdictInput } from "./verdict-input.js";

/**
 * The end of a recorded run as evidence: what it found and what it proves are made anew from its calls and readings, by
 * the judge of this release. What the file says of itself is never believed; where it claims nothing, nothing is looked
 * for. Null for a run without an end.
 */
export function judgeAnew({ header, events, end }: Pick<RecordedRun, "header" | "events" | "end">): RunEnd | null {
  if (end === null) return null;
  const found = end.verdict.status === "finding";
  if (!found && end.proven === null) return end;
  const { verdict, proven } = analyse(verdictInput(header, end.stopped), events);
  return {
    ...end,
    verdict: found ? verdict : end.verdict,
    proven: end.proven === null || header.redis === null ? null : proven,
  };
}
