import { counterLabel } from "../diagnose/counter.js";
import { describeEvidence } from "../diagnose/plan.js";
import type { Proposal } from "../diagnose/proposal.js";
import { describeWorkerCaches } from "../diagnose/worker-caches/notes.js";
import { plural } from "../terminal/plural.js";
import type { Terminal } from "../terminal/terminal.js";

/** More than anybody reads before saying yes. */
const MOST_SHOWN = 100;

/** Shows what would be done, and why, before anybody says yes. */
export function showRepairPlan(terminal: Terminal, { planned: plan, later, outOfReach }: Proposal): void {
  terminal.note({ text: `plan: ${plural(plan.length, "repair")}`, tone: "strong" });
  for (const { id, counter, action, evidence } of plan.slice(0, MOST_SHOWN)) {
    terminal.note(`  ${id}  ${counterLabel(counter)}: ${action}`);
    for (const one of evidence) terminal.note({ text: `      ${describeEvidence(one)}`, tone: "dim" });
  }
  if (plan.length > MOST_SHOWN)
    terminal.note(`  and ${plan.length - MOST_SHOWN} more: --dry-run --json lists all of them`);
  if (later.length > 0) terminal.note(`  left for another run: ${later.length}, by --max-repairs`);
  for (const warning of plan.flatMap(({ warnings }) => warnings).slice(0, MOST_SHOWN))
    terminal.warn(`  careful: ${warning}`);
  for (const line of describeWorkerCaches(outOfReach)) terminal.note({ text: `  not in Redis: ${line}`, tone: "warn" });
}
