import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { describeRedis } from "../config/redis-url.js";
import { counterLabel } from "../diagnose/counter.js";
import type { InterruptedRefresh } from "../diagnose/repair-history.js";
import { EXIT, type ExitCode, interruptedError, usageError } from "../errors.js";
import { parseKeyName } from "../litellm/key-name.js";
import { isHash, shortHash } from "../litellm/owner.js";
import type { DocumentResult } from "../output/command-result.js";
import type { Repair } from "../output/documents/doctor.js";
import { connectRedis } from "../redis/connect.js";
import { backupPath, backupsDir, backupTime, listBackups } from "../repair/backup.js";
import { takeLock } from "../repair/lock.js";
import { completeRefreshes, refreshesToComplete, rowOf } from "../repair/strategies/worker-caches/interrupted.js";
import { undo as undoRepair } from "../repair/undo.js";
import { plural } from "../terminal/plural.js";
import { confirm } from "../terminal/prompt.js";
import type { Terminal } from "../terminal/terminal.js";
import { createDoctorDocument } from "./document.js";
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
  const result = await undoRepair({
    ...{ stateDir, clock, signal, id: id ?? (await newest(stateDir)), address: describeRedis(target), lock: takeLock },
    connect: () => connectRedis(target, { timeoutMs: settings.timeoutMs }),
    async consent(backup, planned) {
      showUndoPlan(terminal, `backup ${backup.id} of ${backup.redis}, made ${backup.at}`, planned);
      if (!settings.dryRun) await consent(context);
      return !settings.dryRun;
    },
  });
  const { backup, repairs, nothing } = result;
  if (nothing !== null) terminal.warn(nothing);
  if (result.interrupted) throw interruptedError(`not all was put back; to go on: llmctl doctor undo ${backup.id}`);
  const document = createDoctorDocument(clock.wall(), { repairs, backup: backupPath(stateDir, backup.id) });
  return { kind: "document", document, page: view(document), exit: exitOf(repairs) };
}

const exitOf = (repairs: readonly Repair[]): ExitCode =>
  repairs.every(({ status }) => status === "done") ? EXIT.done : EXIT.finding;

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
  const document = createDoctorDocument(clock.wall(), { repairs });
  return { kind: "document", document, page: view(document), exit: settings.dryRun ? EXIT.finding : EXIT.done };
}

async function newest(stateDir: string): Promise<string> {
  const id = (await listBackups(stateDir)).findLast((one) => backupTime(one) !== undefined);
  if (id === undefined) {
    throw usageError({
      code: "no-backup",
      message: `there is no backup in ${backupsDir(stateDir)}`,
      hint: "a backup is made by: llmctl doctor --fix",
    });
  }
  return id;
}
