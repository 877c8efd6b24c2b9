import type { Context } from "../config/context.js";
import { interruptedError, usageError } from "../errors.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/explain.js";
import type { Repair } from "../report/documents/doctor.js";
import { confirm } from "../terminal/prompt.js";
import type { DoctorLock } from "./lock.js";
import { applyRepairs } from "./repair/apply.js";
import { type Backup, backupPath, newBackupId, writeBackup } from "./repair/backup.js";
import { type PlannedRepair, sayEvidence } from "./repair/plan.js";
import { verifyRepair } from "./repair/verify.js";

export interface Treatment {
  readonly repairs: readonly Repair[];
  readonly backupId: string;
  readonly backup: string;
  /** Ids of repairs after which the old state was found again. */
  readonly unverified: readonly string[];
}

/** A repair as the document shows it before anything was done. */
export const plannedRow = ({ id, act, action, evidence }: PlannedRepair): Repair => ({
  id,
  key: act.key,
  action,
  evidence: evidence.map(sayEvidence),
  status: "planned",
  reason: "",
});

/** Asks, unless --yes has answered. Without a terminal and without --yes: exit 2. */
export async function consent({ settings, terminal, signal }: Context, count: number): Promise<void> {
  if (settings.yes) return;
  const question = {
    message: `Make ${count === 1 ? "this repair" : `these ${count} repairs`}?`,
    flag: "--yes",
    signal,
  };
  if (!(await confirm(terminal, question))) throw interruptedError("nothing was changed");
}

/** Backs up, acts, looks again. `lock` has to be held. */
export async function treat(
  context: Context,
  redis: RedisConnection,
  lock: DoctorLock,
  plan: readonly PlannedRepair[],
): Promise<Treatment> {
  const { settings, clock, terminal, signal } = context;
  const { stateDir } = settings;
  const now = () => new Date(clock.wall()).toISOString();
  const id = newBackupId(clock.wall());
  const path = backupPath(stateDir, id);
  const progress = (text: string) => terminal.progress.show(text);
  try {
    const backup = await writeBackup(redis, plan, { stateDir, id, at: now() }).catch(notSaved(path));
    const repairs = await applyRepairs(backup, { redis, lock, stateDir, signal, now, progress });
    if (signal.aborted) {
      const done = repairs.filter(({ status }) => status === "done").length;
      throw interruptedError(`${done} of ${plan.length} repairs made; to take them back: llmctl doctor undo ${id}`);
    }
    const unverified = await verifyAll(redis, backup, repairs);
    return {
      repairs: repairs.map((row) => (unverified.has(row.id) ? { ...row, reason: unverified.get(row.id) ?? "" } : row)),
      backupId: id,
      backup: path,
      unverified: [...unverified.keys()],
    };
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  } finally {
    terminal.progress.clear();
  }
}

const notSaved =
  (path: string) =>
  (error: NodeJS.ErrnoException): Promise<Backup> => {
    if (error.syscall === undefined) throw error;
    throw usageError(
      "no-backup",
      `the backup ${path} could not be written (${error.code}), so nothing was changed`,
      "make that folder writable, or name another state folder: XDG_STATE_HOME",
      error,
    );
  };

async function verifyAll(redis: RedisConnection, backup: Backup, repairs: readonly Repair[]) {
  const problems = new Map<string, string>();
  const done = new Set(repairs.flatMap(({ id, status }) => (status === "done" ? [id] : [])));
  for (const entry of backup.entries.filter(({ repair }) => done.has(repair))) {
    const problem = await verifyRepair(redis, entry);
    if (problem) problems.set(entry.repair, `not verified: ${problem}`);
  }
  return problems;
}
