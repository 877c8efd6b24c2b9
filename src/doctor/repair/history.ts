import { journalPath, listBackups, readBackup } from "./backup.js";
import { lastSteps, readSteps } from "./journal.js";

/**
 * When a repair of ours last acted on each key, or may have, by Redis TIME. One that was undone does not count, unless undo found the key as it
 * was: calls may have made it so.
 */
export async function lastRepairs(stateDir: string): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>();
  for (const id of await listBackups(stateDir)) {
    const { entries } = await readBackup(stateDir, id);
    const all = await readSteps(journalPath(stateDir, id));
    const steps = lastSteps(all);
    const found = new Set(all.flatMap((one) => (one.step === "back" && one.found ? [one.repair] : [])));
    for (const { repair, act, saved } of entries) {
      const step = steps.get(repair);
      if (
        found.has(repair) ||
        step === "done" ||
        step === "act" ||
        step === "failed" ||
        step === "put-back" ||
        step === "not-back"
      ) {
        last.set(act.key, Math.max(last.get(act.key) ?? 0, saved.timeMs));
      }
    }
  }
  return last;
}
