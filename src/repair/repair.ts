import type { Context } from "../config/context.js";
import { describeEvidence, type PlannedRepair } from "../diagnose/plan.js";
import { errorCode, interruptedError, isSystemError, LlmctlError, usageError } from "../errors.js";
import type { Repair } from "../output/documents/doctor.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { confirm } from "../terminal/prompt.js";
import { type ApplyOptions, applyRepairs } from "./apply.js";
import { type Backup, type BackupEntry, backupPath, newBackupId, writeBackup } from "./backup.js";
import type { DoctorLock } from "./lock.js";
import { rehearseUndo } from "./rehearsal.js";
import type { Throttle } from "./throttle.js";
import { verifyRepair } from "./verify.js";

export interface RepairResult {
  readonly repairs: readonly Repair[];
  readonly backupId: string;
  readonly backup: string;
  /** Ids of repairs after which the old state was found again. */
  readonly unverified: readonly string[];
  /** Ended by the operator before all of the plan was tried. */
  readonly interrupted: boolean;
}

/** A repair as the document shows it before anything was done. */
export const plannedRow = ({ id, act, action, evidence }: PlannedRepair): Repair => ({
  id,
  key: act.key,
  action,
  evidence: evidence.map(describeEvidence),
  status: "planned",
  reason: "",
});

/** The same of a repair that --max-repairs leaves for another run. */
export const deferredRow = (repair: PlannedRepair): Repair => ({
  ...plannedRow(repair),
  reason: "left for another run: --max-repairs",
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

/** Carries out a plan; Ctrl-C between two repairs is exit 130 and says what was done. */
export async function repairAndReport(
  context: Context,
  redis: RedisConnection,
  lock: DoctorLock,
  plan: readonly PlannedRepair[],
  pace?: Throttle,
): Promise<RepairResult> {
  const { terminal } = context;
  try {
    const progress = (text: string) => terminal.progress.show(text);
    const treatment = await repair(context, redis, lock, plan, { progress, ...(pace ? { pace } : {}) });
    if (treatment.interrupted) throw interruptedError(sayCut(treatment));
    return treatment;
  } finally {
    terminal.progress.clear();
  }
}

function sayCut({ repairs, backupId }: RepairResult): string {
  const done = repairs.filter(({ status }) => status === "done").length;
  if (done === 0) return "nothing was changed";
  return `${done} of ${repairs.length} repairs made, the others left as they were; to take back what was made: llmctl doctor undo ${backupId}`;
}

/**
 * Makes sure that undo would work here, backs up, acts, looks again. `lock` has to be held. Once a backup is written,
 * all that goes wrong is told in the rows.
 */
export async function repair(
  context: Context,
  redis: RedisConnection,
  lock: DoctorLock,
  plan: readonly PlannedRepair[],
  how: Pick<ApplyOptions, "pace" | "progress">,
): Promise<RepairResult> {
  const { settings, clock, signal } = context;
  const { stateDir } = settings;
  const now = () => new Date(clock.wall()).toISOString();
  const id = newBackupId(clock.wall());
  const path = backupPath(stateDir, id);
  try {
    await rehearseUndo(
      redis,
      plan.map(({ act }) => act.key),
    );
    const backup = await writeBackup(redis, plan, { stateDir, id, at: now() }).catch(notSaved(path));
    const repairs = await applyRepairs(backup, { redis, lock, stateDir, signal, now, ...how });
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
    throw usageError(
      "no-backup",
      `the backup ${path} could not be written (${errorCode(error)}), so nothing was changed`,
      "make that folder writable, or name another state folder: XDG_STATE_HOME",
      error,
    );
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
