import type { Clock } from "../config/clock.js";
import type { PlannedRepair } from "../diagnose/plan.js";
import { errorCode, isSystemError, LlmctlError, usageError } from "../errors.js";
import type { Repair } from "../output/documents/doctor.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { type ApplyOptions, applyRepairs } from "./apply.js";
import { type Backup, type BackupEntry, backupPath, newBackupId, writeBackup } from "./backup.js";
import { rehearseUndo } from "./rehearsal.js";
import { verifyRepair } from "./verify.js";

/** What came of a plan. */
export interface Execution {
  readonly repairs: readonly Repair[];
  readonly backupId: string;
  /** Path of the backup. */
  readonly backup: string;
  /** Ids of repairs after which the old state was found again. */
  readonly unverified: readonly string[];
  /** Ended by the operator before all of the plan was tried. */
  readonly interrupted: boolean;
}

export interface ExecutionInput extends Omit<ApplyOptions, "now"> {
  readonly clock: Clock;
}

/**
 * Makes sure that undo would work here, backs up, acts, looks again. `lock` has to be held. Once a backup is written,
 * all that goes wrong is told in the rows.
 */
export async function executePlan(plan: readonly PlannedRepair[], input: ExecutionInput): Promise<Execution> {
  const { clock, redis, stateDir, signal } = input;
  const now = () => new Date(clock.wall()).toISOString();
  const id = newBackupId(clock.wall());
  const path = backupPath(stateDir, id);
  try {
    await rehearseUndo(
      redis,
      plan.map(({ act }) => act.key),
    );
    const backup = await writeBackup(redis, plan, { stateDir, id, at: now() }).catch(notSaved(path));
    const repairs = await applyRepairs(backup, { ...input, now });
    const unverified = signal.aborted ? new Map<string, string>() : await verifyAll(redis, backup, repairs);
    return {
      repairs: repairs.map((row) => (unverified.has(row.id) ? { ...row, reason: unverified.get(row.id) ?? "" } : row)),
      backupId: id,
      backup: path,
      unverified: [...unverified.keys()],
      interrupted: signal.aborted,
    };
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  }
}

const notSaved =
  (path: string) =>
  (error: unknown): Promise<Backup> => {
    if (!isSystemError(error)) throw error;
    throw usageError({
      code: "no-backup",
      message: `the backup ${path} could not be written (${errorCode(error)}), so nothing was changed`,
      hint: "make that folder writable, or name another state folder: XDG_STATE_HOME",
      cause: error,
    });
  };

async function verifyAll(redis: RedisConnection, backup: Backup, repairs: readonly Repair[]) {
  const problems = new Map<string, string>();
  const done = new Set(repairs.flatMap(({ id, status }) => (status === "done" ? [id] : [])));
  const look = async (entry: BackupEntry) => {
    const problem = await verifyRepair(redis, entry).catch((error: unknown) => notSeen(error, redis));
    if (problem) problems.set(entry.repair, `not verified: ${problem}`);
  };
  const entries = backup.entries.filter(({ repair }) => done.has(repair));
  for (let at = 0; at < entries.length; at += LOOKS_AT_ONCE) {
    await Promise.all(entries.slice(at, at + LOOKS_AT_ONCE).map(look));
  }
  return problems;
}

/** A counter may have to be looked at for seconds, so not one after another. */
const LOOKS_AT_ONCE = 50;

function notSeen(error: unknown, { address }: RedisConnection): string {
  const explained = explainIfRedis(error, address);
  if (explained instanceof LlmctlError) return explained.message;
  throw error;
}
