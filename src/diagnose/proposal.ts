import type { OutOfReach } from "../output/documents/doctor.js";
import type { Diagnosis } from "./diagnose.js";
import type { PlannedRepair } from "./plan.js";
import { type CheckSelection, limitPlan } from "./selection.js";
import { workerCacheNotes } from "./worker-caches/notes.js";

/** What would be done about what was found. */
export interface Proposal {
  readonly diagnosis: Diagnosis;
  /** What would be repaired now, in this order. */
  readonly planned: readonly PlannedRepair[];
  /** What --max-repairs leaves for another run. */
  readonly later: readonly PlannedRepair[];
  /** What workers may go on refusing from their own caches, if `planned` were repaired now. */
  readonly outOfReach: readonly OutOfReach[];
}

/**
 * Cuts the plan of a diagnosis down to what was chosen and to `maxRepairs` of its options. `wallMs`: now, ms since
 * 1970.
 */
export function propose(diagnosis: Diagnosis, selection: CheckSelection, wallMs: number): Proposal {
  const { plan, options, counterContext } = diagnosis;
  const chosen = plan.filter((repair) => selection.includes(repair));
  const { now: planned, later } = limitPlan(chosen, options.maxRepairs);
  const { windowMs } = counterContext;
  return { diagnosis, planned, later, outOfReach: workerCacheNotes(planned, { wallMs, windowMs }) };
}
