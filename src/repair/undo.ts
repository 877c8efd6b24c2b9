import type { Clock } from "../config/clock.js";
import { sameAddress } from "../diagnose/facts/same-address.js";
import { usageError } from "../errors.js";
import { type KeySnapshot, type LeftBehind, putBackKey, putBackSlots, saveKey } from "../litellm/key-snapshot.js";
import type { ActResult } from "../litellm/release-action.js";
import { numberIn } from "../litellm/shapes/windowed.js";
import type { Repair } from "../output/documents/doctor.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { formatDuration } from "../terminal/duration.js";
import { shellQuoted } from "../terminal/shell.js";
import { type ApplyOptions, repairRow } from "./apply.js";
import { type Backup, type BackupEntry, journalPath, readBackup } from "./backup.js";
import { isWhole } from "./backup-schema.js";
import { latestStepByRepair, openJournal, readSteps } from "./journal.js";
import { type DoctorLock, whyStop } from "./lock.js";

export interface UndoState {
  /** When it was undone before; null when it was not, or not to the end. */
  readonly undoneAt: string | null;
  /** Entries whose act was, or may have been, carried out. */
  readonly open: readonly { readonly entry: BackupEntry; readonly certain: boolean }[];
  /** Entries that an undo before this one has put back. */
  readonly back: readonly BackupEntry[];
}

/** What an undo works with. */
export interface UndoInput {
  readonly stateDir: string;
  /** Id of the backup. */
  readonly id: string;
  /** The Redis that was named, without credentials: the backup must be of this one. */
  readonly address: string;
  /** Sees what would be put back. Only true lets it be done; a throw ends the undo, and nothing was written. */
  readonly consent: (backup: Backup, planned: readonly Repair[]) => Promise<boolean>;
  /** Opens the connection, once there is consent; it is closed at the end. */
  readonly connect: () => Promise<RedisConnection>;
  /** Takes the right to repair; it is given back at the end. */
  readonly lock: (redis: RedisConnection) => Promise<DoctorLock>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface UndoResult {
  readonly backup: Backup;
  /** What was put back, or would be. */
  readonly repairs: readonly Repair[];
  /** Why there was nothing to put back; null when there was. */
  readonly nothing: string | null;
  /** Ended by the operator before all of it was tried. */
  readonly interrupted: boolean;
}

/**
 * The one way in which a repair of counters is taken back: read backup and journal, consent, lock, read the journal
 * again, put back. Throws
 * exit 2 for a backup that is not there, is not to be trusted or is of another Redis, and exit 5 where another doctor
 * holds the lock.
 */
export async function undo(input: UndoInput): Promise<UndoResult> {
  const { stateDir, id, clock, signal } = input;
  const backup = await readBackup(stateDir, id);
  const result = (repairs: readonly Repair[], nothing: string | null = null, interrupted = false) => ({
    ...{ backup, repairs, nothing, interrupted },
  });
  const state = await readUndoState(stateDir, backup);
  if (state.undoneAt !== null) {
    return result([], `backup ${backup.id} was undone at ${state.undoneAt}; there is nothing left to put back`);
  }
  if (state.open.length === 0 && state.back.length === 0) {
    return result([], `backup ${backup.id}: no repair of it was carried out; there is nothing to put back`);
  }
  checkAddress(backup, input.address);
  const planned = plannedUndo(state);
  if (!(await input.consent(backup, planned))) return result(planned);
  const redis = await input.connect();
  try {
    const lock = await input.lock(redis);
    try {
      const now = () => new Date(clock.wall()).toISOString();
      // Once more, now that nobody else writes it: another doctor may have put back, or freed, since the first look.
      const again = await readUndoState(stateDir, backup);
      return result(await undoRepairs(backup, again, { redis, lock, stateDir, signal, now }), null, signal.aborted);
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  } finally {
    await redis.close();
  }
}

function checkAddress(backup: Backup, address: string): void {
  if (sameAddress(backup.redis, address)) return;
  throw usageError({
    code: "other-redis",
    message: `backup ${backup.id} is of ${backup.redis}, and this is ${address}`,
    hint: `name the Redis that was repaired: --redis-url ${shellQuoted(backup.redis)}`,
  });
}

/** What a journal leaves to be undone. */
export async function readUndoState(stateDir: string, backup: Backup): Promise<UndoState> {
  const steps = await readSteps(journalPath(stateDir, backup.id));
  const last = latestStepByRepair(steps);
  const acted = backup.entries.map((entry) => ({ entry, step: last.get(entry.repair) }));
  const certainly = new Set(steps.flatMap((one) => (one.step === "done" ? [one.repair] : [])));
  const open = acted
    .filter(({ step }) => step !== undefined && step !== "refused" && step !== "back")
    .map(({ entry }) => ({ entry, certain: certainly.has(entry.repair) }));
  const undone = steps.findLast(({ step }) => step === "undone");
  return {
    undoneAt: open.length === 0 && undone ? undone.at : null,
    open,
    back: acted.filter(({ step }) => step === "back").map(({ entry }) => entry),
  };
}

type UndoOptions = Omit<ApplyOptions, "pace" | "progress">;

/**
 * Puts back what a repair took away, where nothing has touched it since; a line of the journal is on disk before each,
 * and how it ended goes there with the next.
 */
export async function undoRepairs(backup: Backup, state: UndoState, options: UndoOptions): Promise<Repair[]> {
  const { lock, stateDir, signal, now } = options;
  const write = openJournal(journalPath(stateDir, backup.id));
  let lost = await write({ step: "undo", at: now(), epoch: lock.epoch, seq: lock.seq });
  const rows = state.back.map((entry) => putBackRow(entry, "done", "put back before"));
  let stopped = false;
  for (const { entry, certain } of state.open) {
    const stop =
      lost ??
      whyStop(lock, signal) ??
      (await write({ step: "put-back", repair: entry.repair, at: now(), seq: lock.seq }));
    if (stop) {
      stopped = true;
      rows.push(putBackRow(entry, "refused", stop));
      continue;
    }
    const result = await putBack(options.redis, entry, certain);
    lost = await write(
      result.done
        ? { step: "back", repair: entry.repair, at: now(), ...(result.found ? { found: true } : {}) }
        : { step: "not-back", repair: entry.repair, at: now(), reason: result.reason },
    );
    rows.push(putBackRow(entry, result.done ? "done" : "refused", result.done ? "" : result.reason));
  }
  if (!stopped) await write({ step: "undone", at: now() });
  return rows;
}

/** What undo would do, for --dry-run. */
const plannedUndo = (state: UndoState): Repair[] => state.open.map(({ entry }) => putBackRow(entry, "planned", ""));

const putBackRow = (entry: BackupEntry, status: Repair["status"], reason: string): Repair => ({
  ...repairRow(entry, status, reason),
  action: `undo: ${entry.action}`,
});

type PutBack = ActResult & { readonly found?: boolean };

async function putBack({ client }: RedisConnection, entry: BackupEntry, certain: boolean): Promise<PutBack> {
  const { act, saved } = entry;
  // A repair is refused then; a journal that says otherwise is not to be followed.
  if (!isWhole(entry)) return { done: false, reason: "the backup does not have what the repair took away" };
  const now = await saveKey(client, act.key);
  if (now.dump === saved.dump && now.dump !== "") return { done: true, found: true };
  const remaining = saved.ttlMs === -1 ? 0 : saved.ttlMs - (now.timeMs - saved.timeMs);
  // A live set has an expiry of its own; a counter, though it reads as it was left, is another by now.
  if (saved.ttlMs !== -1 && remaining <= 0 && (now.type === "none" || act.kind === "release-counter")) {
    return { done: false, reason: `it would have expired ${formatDuration(-remaining)} ago` };
  }
  if (act.kind === "release-slots") {
    const there = new Set(now.members.map(({ id }) => id));
    // All of them are removed by one act, or none.
    if (!certain && act.members.some(({ id }) => there.has(id)))
      return { done: false, reason: "the repair was never carried out" };
    const everything = act.members.length === saved.members.length && now.type === "none";
    return everything
      ? putBackKey(client, act.key, saved.dump, remaining, null)
      : putBackSlots(client, act.key, act.members, remaining);
  }
  return putBackKey(client, act.key, saved.dump, remaining, leftBy(act, saved));
}

/** What a counter's repair left: nothing, or what it was lowered to. */
function leftBy(act: Extract<BackupEntry["act"], { kind: "release-counter" }>, saved: KeySnapshot): LeftBehind {
  if (act.lowerBy === null) return null;
  return { value: String((numberIn(saved) ?? 0) - act.lowerBy), endless: act.endless };
}
