import { counterLabel } from "../diagnose/counter.js";
import { describeEvidence, type PlannedRepair } from "../diagnose/plan.js";
import { describeWorkerCaches } from "../diagnose/worker-cache-notes.js";
import type { OutOfReach } from "../output/documents/doctor.js";
import { plural } from "../terminal/plural.js";
import type { Terminal } from "../terminal/terminal.js";

/** More than anybody reads before saying yes. */
const MOST_SHOWN = 100;

/** Shows what would be done, and why, before anybody says yes. `later`: how many repairs are left for another run. */
export function showRepairPlan(
  terminal: Terminal,
  plan: readonly PlannedRepair[],
  reach: readonly OutOfReach[],
  later = 0,
): void {
  terminal.note({ text: `plan: ${plural(plan.length, "repair")}`, tone: "strong" });
  for (const { id, counter, action, evidence } of plan.slice(0, MOST_SHOWN)) {
    terminal.note(`  ${id}  ${counterLabel(counter)}: ${action}`);
    for (const one of evidence) terminal.note({ text: `      ${describeEvidence(one)}`, tone: "dim" });
  }
  if (plan.length > MOST_SHOWN)
    terminal.note(`  and ${plan.length - MOST_SHOWN} more: --dry-run --json lists all of them`);
  if (later > 0) terminal.note(`  left for another run: ${later}, by --max-repairs`);
  for (const warning of plan.flatMap(({ warnings }) => warnings).slice(0, MOST_SHOWN))
    terminal.warn(`  careful: ${warning}`);
  for (const line of describeWorkerCaches(reach)) terminal.note({ text: `  not in Redis: ${line}`, tone: "warn" });
}
