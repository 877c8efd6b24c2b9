import { journalPath, listBackups, readBackup } from "./backup.js";
import { lastSteps, readSteps } from "./journal.js";

/** When a repair of ours last acted on each key, or may have, by Redis TIME; one that was undone does not count. */
export async function lastRepairs(stateDir: string): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>();
  for (const id of await listBackups(stateDir)) {
    const { entries } = await readBackup(stateDir, id);
    const steps = lastSteps(await readSteps(journalPath(stateDir, id)));
    for (const { repair, act, saved } of entries) {
      const step = steps.get(repair);
      if (step === "done" || step === "act" || step === "failed" || step === "put-back" || step === "not-back") {
        last.set(act.key, Math.max(last.get(act.key) ?? 0, saved.timeMs));
      }
    }
  }
  return last;
}
