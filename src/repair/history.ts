import type { Context } from "../config/context.js";
import { RISE_PROOF_TTL_MS } from "../diagnose/evidence/run-proofs.js";
import type { LastRepairs, RepairHistory } from "../diagnose/repair-history.js";
import { LlmctlError } from "../errors.js";
import { type Backup, backupTime, journalPath, listBackups, readBackup } from "./backup.js";
import { latestStepByRepair, readSteps, type Step } from "./journal.js";
import { interruptedRefreshes } from "./strategies/worker-caches/interrupted.js";
import { endedRefreshes, passOver } from "./strategies/worker-caches/journal.js";

/**
 * The records of repairs in the state folder, read anew at each question. Records that are not to be trusted are passed
 * over, and said once.
 */
export const repairHistory = (context: Pick<Context, "settings" | "terminal">): RepairHistory => ({
  lastRepairs: () => lastRepairs(context.settings.stateDir, (line) => context.terminal.warnOnce(line)),
  interruptedRefreshes: (limitOf) => interruptedRefreshes(context, limitOf),
  endedRefreshes: () => endedRefreshes(context.settings.stateDir, passOver(context.terminal)),
});

/**
 * When a repair of ours last acted on each key, or may have, by Redis TIME. One that was undone does not count, unless
 * undo found the key as it was: calls may have made it so. A backup that cannot be read, or that others could have
 * written, is passed over and told to `passOver`; it may have been about any key.
 */
export async function lastRepairs(stateDir: string, passOver: (line: string) => void): Promise<LastRepairs> {
  const last = new Map<string, number>();
  let ofAny: number | undefined;
  for (const id of await listBackups(stateDir)) {
    try {
      const backup = await readBackup(stateDir, id);
      addActs(last, backup, await readSteps(journalPath(stateDir, id)));
    } catch (error) {
      if (!(error instanceof LlmctlError)) throw error;
      passOver(`passed over: ${error.message}${error.hint ? ` (${error.hint})` : ""}`);
      const madeMs = backupTime(id);
      // By the clock of this machine: with room for one that goes otherwise than that of Redis.
      if (madeMs !== undefined) ofAny = Math.max(ofAny ?? 0, madeMs + RISE_PROOF_TTL_MS);
    }
  }
  return {
    get(key) {
      const known = last.get(key);
      return ofAny === undefined ? known : Math.max(known ?? 0, ofAny);
    },
  };
}

function addActs(last: Map<string, number>, { entries }: Backup, all: readonly Step[]): void {
  const steps = latestStepByRepair(all);
  const found = new Set(all.flatMap((one) => (one.step === "back" && one.found ? [one.repair] : [])));
  for (const { repair, act, saved } of entries) {
    const step = steps.get(repair);
    const acted = found.has(repair) || (step !== undefined && ACTED.has(step));
    if (acted) last.set(act.key, Math.max(last.get(act.key) ?? 0, saved.timeMs));
  }
}

/** Last words after which the key may be other than it was saved. */
const ACTED: ReadonlySet<Step["step"]> = new Set(["done", "act", "failed", "put-back", "not-back"]);
