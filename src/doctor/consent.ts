import type { Context } from "../config/context.js";
import type { Diagnosis } from "../diagnose/diagnose.js";
import { explainNothingToRepair } from "../diagnose/evidence/run-selector.js";
import type { Proposal } from "../diagnose/proposal.js";
import type { CheckSelection } from "../diagnose/selection.js";
import { interruptedError } from "../errors.js";
import type { RedisConnection } from "../redis/connect.js";
import { plural } from "../terminal/plural.js";
import { confirm } from "../terminal/prompt.js";
import { askLongCalls, supposedLocks } from "./long-calls.js";
import { showRepairPlan } from "./plan-view.js";

/** Says what of the findings is left out of a plan and why. */
export function noteLeftOut({ terminal }: Context, { diagnosis, planned, later }: Proposal, choice: CheckSelection) {
  const { counters, others, options } = diagnosis;
  if (options.fromRun && planned.length + later.length === 0 && counters.known) {
    terminal.note(explainNothingToRepair(options.fromRun, counters.value, others));
  }
  if (others.length > 0 && !choice.checks.has("namespace")) {
    terminal.note(`${plural(others.length, "counter")} not yours and left alone; see: --only namespace`);
  }
}

/**
 * Shows the plan and asks, unless --yes has answered. Without a terminal and without --yes: exit 2. With --dry-run
 * nobody is asked.
 */
export async function consent({ settings, terminal, signal }: Context, proposal: Proposal): Promise<boolean> {
  const count = proposal.planned.length;
  if (count === 0) return false;
  showRepairPlan(terminal, proposal);
  if (settings.dryRun) return false;
  if (settings.yes) return true;
  const question = {
    message: `Make ${count === 1 ? "this repair" : `these ${count} repairs`}?`,
    flag: "--yes",
    signal,
  };
  if (!(await confirm(terminal, question))) throw interruptedError("nothing was changed");
  return true;
}

/** Asks whether long calls run, where that alone is missing for a repair that was chosen. */
export async function askWhatIsMissing(
  context: Context,
  redis: RedisConnection,
  before: Diagnosis,
  choice: CheckSelection,
): Promise<Diagnosis> {
  const supposed = before.options.fromRun ? null : supposedLocks(before);
  const repairs = supposed?.repairs.filter((repair) => choice.includes(repair)) ?? [];
  return supposed && repairs.length > 0 ? askLongCalls(context, redis, before, { ...supposed, repairs }) : before;
}
