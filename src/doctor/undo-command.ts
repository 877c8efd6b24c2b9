import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { describeRedis } from "../config/redis-url.js";
import { counterLabel } from "../diagnose/counter.js";
import type { InterruptedRefresh } from "../diagnose/repair-history.js";
import { sameAddress } from "../diagnose/same-address.js";
import { EXIT, type ExitCode, interruptedError, usageError } from "../errors.js";
import { parseKeyName } from "../litellm/key-name.js";
import { isHash, shortHash } from "../litellm/owner.js";
import type { DocumentResult } from "../output/command-result.js";
import type { DoctorDocument, Repair } from "../output/documents/doctor.js";
import { connectRedis } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { type Backup, backupPath, backupsDir, backupTime, listBackups, readBackup } from "../repair/backup.js";
import { takeLock } from "../repair/lock.js";
import { completeRefreshes, refreshesToComplete, rowOf } from "../repair/strategies/worker-caches/interrupted.js";
import { plannedUndo, readUndoState, undoRepairs } from "../repair/undo.js";
import { plural } from "../terminal/plural.js";
import { confirm } from "../terminal/prompt.js";
import { shellQuoted } from "../terminal/shell.js";
import type { Terminal } from "../terminal/terminal.js";
import { view } from "./view.js";

/**
 * `llmctl doctor undo [id]`: puts back what a repair took away, where nothing has touched it since. What is to be put
 * back stands in a file, so it is shown, and nothing is written before the operator says yes.
 */
export async function undo(context: Context, id: string | undefined): Promise<DocumentResult> {
  const { settings, terminal, clock, signal } = context;
  const { stateDir } = settings;
  const interrupted = id === undefined ? await refreshesToComplete(context) : [];
  if (interrupted.length > 0) return undoRefreshes(context, interrupted);
  const target = requireRedis(settings);
  const backup = await readBackup(stateDir, id ?? (await newest(stateDir)));
  const now = () => new Date(clock.wall()).toISOString();
  const outcome = (repairs: readonly Repair[]) =>
    outcomeOf({ at: now(), repairs, backup: backupPath(stateDir, backup.id) }, exitOf(repairs));
  const state = await readUndoState(stateDir, backup);
  if (state.undoneAt !== null) {
    terminal.warn(`backup ${backup.id} was undone at ${state.undoneAt}; there is nothing left to put back`);
    return outcome([]);
  }
  if (state.open.length === 0 && state.back.length === 0) {
    terminal.warn(`backup ${backup.id}: no repair of it was carried out; there is nothing to put back`);
    return outcome([]);
  }
  checkAddress(backup, describeRedis(target));
  const planned = plannedUndo(state);
  showUndoPlan(terminal, `backup ${backup.id} of ${backup.redis}, made ${backup.at}`, planned);
  if (settings.dryRun) return outcome(planned);
  await consent(context);
  const redis = await connectRedis(target, { timeoutMs: settings.timeoutMs });
  try {
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

const exitOf = (repairs: readonly Repair[]): ExitCode =>
  repairs.every(({ status }) => status === "done") ? EXIT.done : EXIT.finding;

function outcomeOf(
  { at, repairs, backup }: { at: string; repairs: readonly Repair[]; backup: string | null },
  exit: ExitCode,
): DocumentResult {
  const document: DoctorDocument = {
    schema: "llmctl.doctor/1",
    at,
    checks: [],
    repairs: [...repairs],
    backup,
    outOfReach: [],
    next: [],
  };
  return { kind: "document", document, page: view(document), exit };
}

/** More than a person reads before saying yes. */
const MOST_SHOWN = 100;

function showUndoPlan(terminal: Terminal, of: string, planned: readonly Repair[]): void {
  terminal.note({ text: `plan: put back ${plural(planned.length, "repair")}, ${of}`, tone: "strong" });
  for (const { id, key, action } of planned.slice(0, MOST_SHOWN)) terminal.note(`  ${id}  ${sayKey(key)}: ${action}`);
  if (planned.length > MOST_SHOWN) terminal.note(`  and ${planned.length - MOST_SHOWN} more: see --dry-run --json`);
}

/** A key whose name may hold a secret is not spelt out. */
function sayKey(key: string): string {
  const name = parseKeyName(key);
  if (!name) return shortHash(key);
  return isHash(name.owner.id) ? counterLabel({ name, alias: null }) : "a key whose name holds a secret";
}

/** Asks, unless --yes has answered. Without a terminal and without --yes: exit 2. */
async function consent({ settings, terminal, signal }: Context): Promise<void> {
  if (settings.yes) return;
  if (await confirm(terminal, { message: "Put this back?", flag: "--yes", signal })) return;
  throw interruptedError("nothing was changed");
}

/** A limit that was left raised comes before any backup: it lets too many calls in until it is set back. */
async function undoRefreshes(context: Context, interrupted: readonly InterruptedRefresh[]): Promise<DocumentResult> {
  const { settings, clock, terminal } = context;
  const planned = interrupted.map((one) => rowOf(one, "planned", ""));
  showUndoPlan(terminal, `interrupted refreshes at ${settings.baseUrl}`, planned);
  if (!settings.dryRun) await consent(context);
  const repairs = settings.dryRun ? planned : await completeRefreshes(context, interrupted);
  terminal.progress.clear();
  const at = new Date(clock.wall()).toISOString();
  return outcomeOf({ at, repairs, backup: null }, settings.dryRun ? EXIT.finding : EXIT.done);
}

async function newest(stateDir: string): Promise<string> {
  const id = (await listBackups(stateDir)).findLast((one) => backupTime(one) !== undefined);
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
    `name the Redis that was repaired: --redis-url ${shellQuoted(backup.redis)}`,
  );
}
