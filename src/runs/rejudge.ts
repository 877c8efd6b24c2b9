import { analyse } from "../verdict/index.js";
import type { RecordedRun, RunEnd } from "./schema.js";
import { verdictInput } from "./verdict-input.js";

/**
 * The end of a recorded run as evidence: findings and proof are computed anew from its calls and readings by the
 * present rules. What the file claims is never trusted; if it claims nothing, nothing is computed. Null for a run
 * without an end.
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
