import { diagnose } from "../../../src/diagnose/diagnose.js";
import { collectEvidence } from "../../../src/diagnose/evidence/collect.js";
import { known } from "../../../src/diagnose/lookup.js";
import { limitPlan, parseSelection } from "../../../src/diagnose/selection.js";
import { listBackups, readBackup } from "../../../src/repair/backup.js";
import { repairHistory } from "../../../src/repair/history.js";
import type { DoctorLock } from "../../../src/repair/lock.js";
import { repairAndReport } from "../../../src/repair/repair.js";
import { createThrottle } from "../../../src/repair/throttle.js";
import { readUndoState, undoRepairs } from "../../../src/repair/undo.js";
import type { Desk } from "./context.js";
import type { Result } from "./doctor-session.js";

/** `doctor --fix --yes`, as command.ts has it. */
export async function fix({ hospital, context, redis, told, options }: Desk, lock: DoctorLock): Promise<Result> {
  const asked = await options();
  const sources = { context, options: asked, proxyFacts: told, redis: known(redis), history: repairHistory(context) };
  const choice = parseSelection(asked.only, asked.skip, { config: false });
  const before = await diagnose(sources);
  if (!before.counters.known) throw before.counters.error;
  hospital.doubts.clear();
  for (const counter of before.counters.value) {
    const { doubts } = collectEvidence(counter, before.counterContext);
    hospital.doubts.set(counter.name.name, `no repair planned: ${doubts}`);
  }
  const chosen = before.plan.filter((repair) => choice.includes(repair));
  const { now: planned } = limitPlan(chosen, asked.maxRepairs);
  const names = new Set(planned.map(({ act }) => act.key));
  for (const key of hospital.world.keys) key.planned ||= names.has(key.name);
  if (planned.length === 0) return { rows: [], backupId: null };
  const { repairs, backupId } = await repairAndReport(
    context,
    redis,
    lock,
    planned,
    createThrottle(asked.pace, context.clock),
  );
  const repaired = new Set(repairs.flatMap(({ key, status }) => (status === "done" ? [key] : [])));
  const watched = new Map(
    before.counters.value.flatMap(({ name, samples: seen }) =>
      seen && !repaired.has(name.name) ? [[name.name, seen] as const] : [],
    ),
  );
  await diagnose({ ...sources, samples: watched });
  return { rows: repairs, backupId };
}

/** `doctor undo`, as undo-command.ts has it. */
export async function undo({ context, redis }: Desk, lock: DoctorLock, named?: string): Promise<Result> {
  const { settings, clock, signal } = context;
  const { stateDir } = settings;
  const id = named ?? (await listBackups(stateDir)).at(-1);
  if (id === undefined) return { rows: [], backupId: null };
  const backup = await readBackup(stateDir, id);
  const state = await readUndoState(stateDir, backup);
  if (state.undoneAt !== null || (state.open.length === 0 && state.back.length === 0))
    return { rows: [], backupId: id };
  const now = () => new Date(clock.wall()).toISOString();
  const rows = await undoRepairs(backup, state, { redis, lock, stateDir, signal, now, progress() {} });
  return { rows, backupId: id };
}
