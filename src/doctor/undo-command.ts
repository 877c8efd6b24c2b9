import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { EXIT, interruptedError, usageError } from "../errors.js";
import type { DocumentResult } from "../output/command-result.js";
import type { DoctorDocument, Repair } from "../output/documents/doctor.js";
import { connectRedis } from "../redis/connect.js";
import { explainIfRedis } from "../redis/explain.js";
import { sameAddress } from "./address.js";
import { takeLock } from "./lock.js";
import { completeRefreshes, interruptedRefreshes, rowOf } from "./refresh/interrupted.js";
import type { OpenRefresh } from "./refresh/journal.js";
import { type Backup, backupPath, backupsDir, listBackups, readBackup } from "./repair/backup.js";
import { plannedUndo, readUndoState, undoRepairs } from "./repair/undo.js";
import { view } from "./view.js";

/** `llmctl doctor undo [id]`: puts back what a repair took away, where nothing has touched it since. */
export async function undo(context: Context, id: string | undefined): Promise<DocumentResult> {
  const { settings, terminal, clock, signal } = context;
  const { stateDir } = settings;
  const interrupted = id === undefined ? await interruptedRefreshes(context) : [];
  if (interrupted.length > 0) return undoRefreshes(context, interrupted);
  const target = requireRedis(settings);
  const backup = await readBackup(stateDir, id ?? (await newest(stateDir)));
  const path = backupPath(stateDir, backup.id);
  const state = await readUndoState(stateDir, backup);
  const now = () => new Date(clock.wall()).toISOString();
  const outcome = (repairs: readonly Repair[]): DocumentResult => {
    const exit = repairs.every(({ status }) => status === "done") ? EXIT.done : EXIT.finding;
    const document: DoctorDocument = {
      schema: "llmctl.doctor/1",
      at: now(),
      checks: [],
      repairs: [...repairs],
      backup: path,
      outOfReach: [],
      next: [],
    };
    return { kind: "document", document, page: view(document), exit };
  };
  if (state.undoneAt !== null) {
    terminal.warn(`backup ${backup.id} was undone at ${state.undoneAt}; there is nothing left to put back`);
    return outcome([]);
  }
  if (state.open.length === 0 && state.back.length === 0) {
    terminal.warn(`backup ${backup.id}: no repair of it was carried out; there is nothing to put back`);
    return outcome([]);
  }
  if (settings.dryRun) return outcome(plannedUndo(state));
  const redis = await connectRedis(target, { timeoutMs: settings.timeoutMs });
  try {
    checkAddress(backup, redis.address);
    const lock = await takeLock(redis);
    try {
      const progress = (text: string) => terminal.progress.show(text);
      // Once more, now that nobody else writes it: another doctor may have put back, or freed, since the first look.
      const rows = await undoRepairs(backup, await readUndoState(stateDir, backup), {
        redis,
        lock,
        stateDir,
        signal,
        now,
        progress,
      });
      if (signal.aborted) throw interruptedError(`not all was put back; to go on: llmctl doctor undo ${backup.id}`);
      return outcome(rows);
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  } finally {
    terminal.progress.clear();
    await redis.close();
  }
}

/** A limit that was left raised comes before any backup: it lets too many calls in until it is set back. */
async function undoRefreshes(context: Context, interrupted: readonly OpenRefresh[]): Promise<DocumentResult> {
  const { settings, clock, terminal } = context;
  const planned = interrupted.map((one) => rowOf(one, "planned", ""));
  const repairs = settings.dryRun ? planned : await completeRefreshes(context, interrupted);
  const document: DoctorDocument = {
    schema: "llmctl.doctor/1",
    at: new Date(clock.wall()).toISOString(),
    checks: [],
    repairs,
    backup: null,
    outOfReach: [],
    next: [],
  };
  terminal.progress.clear();
  return { kind: "document", document, page: view(document), exit: settings.dryRun ? EXIT.finding : EXIT.done };
}

async function newest(stateDir: string): Promise<string> {
  const id = (await listBackups(stateDir)).at(-1);
  if (id === undefined) {
    throw usageError(
      "no-backup",
      `there is no backup in ${backupsDir(stateDir)}`,
      "a backup is made by: llmctl doctor --fix",
    );
  }
  return id;
}

function checkAddress(backup: Backup, address: string): void {
  if (sameAddress(backup.redis, address)) return;
  throw usageError(
    "other-redis",
    `backup ${backup.id} is of ${backup.redis}, and this is ${address}`,
    `name the Redis that was repaired: --redis-url ${backup.redis}`,
  );
}
