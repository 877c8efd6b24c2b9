import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { listIds, logPath } from "../config/ndjson-log.js";
import { distrustOfFolder, readTrusted } from "../config/trusted-file.js";
import { describeEvidence, type PlannedRepair } from "../diagnose/plan.js";
import { usageError } from "../errors.js";
import { saveKey } from "../litellm/key-snapshot.js";
import { writeAtomically } from "../output/atomic-file.js";
import type { RedisConnection } from "../redis/connect.js";
import { type Backup, type BackupEntry, holds, parseBackup } from "./backup-schema.js";
import { retryWhileFlickering } from "./retry.js";

export type { Backup, BackupEntry } from "./backup-schema.js";

export const backupsDir = (stateDir: string): string => join(stateDir, "backups");
export const backupPath = (stateDir: string, id: string): string => join(backupsDir(stateDir), `${id}.json`);
export const journalPath = (stateDir: string, id: string): string => logPath(backupsDir(stateDir), `${id}.journal`);

/** Names sort by time, to the millisecond; nothing in them tells a key. */
export const newBackupId = (wallMs: number): string => {
  const digits = new Date(wallMs).toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 8)}-${digits.slice(8)}-${randomBytes(3).toString("hex")}`;
};

/** When a backup of this name was made, ms since 1970; undefined when it is no name that `newBackupId` gives. */
export function backupTime(id: string): number | undefined {
  const at = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(\d{3})-[0-9a-f]{6}$/.exec(id);
  if (!at) return undefined;
  const [year = 0, month = 0, ...rest] = at.slice(1).map(Number);
  const [day, hour, minute, second, ms] = rest;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** What of a planned repair a backup tells. */
type ToBackUp = Pick<PlannedRepair, "id" | "action" | "evidence" | "act">;

/**
 * Saves every key that the plan will change, on disk before it returns; the file appears whole or not at all, readable
 * by its owner only.
 */
export async function writeBackup(
  redis: RedisConnection,
  repairs: readonly ToBackUp[],
  { stateDir, id, at }: { stateDir: string; id: string; at: string },
): Promise<Backup> {
  const entries: BackupEntry[] = [];
  for (let at = 0; at < repairs.length; at += SAVED_AT_ONCE) {
    entries.push(...(await Promise.all(repairs.slice(at, at + SAVED_AT_ONCE).map((repair) => entryOf(redis, repair)))));
  }
  const whole: Backup = { schema: "llmctl.backup/1", id, at, redis: redis.address, entries };
  const dir = backupsDir(stateDir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const distrust = await distrustOfFolder(dir, stateDir);
  // What lies in it undo would not believe.
  if (distrust)
    throw usageError({
      code: "no-backup",
      message: `nothing was changed: ${distrust.why}, so no backup is safe`,
      hint: distrust.fix,
    });
  await writeAtomically(backupPath(stateDir, id), `${JSON.stringify(whole, null, 2)}\n`);
  return whole;
}

/** So many keys are read at a time: no queue in Redis that another client would feel. */
const SAVED_AT_ONCE = 20;

async function entryOf(redis: RedisConnection, { id, action, evidence, act }: ToBackUp): Promise<BackupEntry> {
  const saved = await retryWhileFlickering(
    act,
    () => saveKey(redis.client, act.key),
    (seen) => holds(seen, act),
    () => true,
  );
  return {
    repair: id,
    action,
    evidence: evidence.map(describeEvidence),
    act: act.kind === "release-slots" ? { ...act, members: [...act.members] } : act,
    saved: { ...saved, members: [...saved.members] },
  };
}

/** What a name of a backup is made of; whatever else lies in that folder is none. */
const NAME = /^[\w-]+$/;

/** Ids of all backups, oldest first. */
export const listBackups = async (stateDir: string): Promise<string[]> =>
  (await listIds(backupsDir(stateDir), ".json")).filter((id) => NAME.test(id));

/**
 * Reads a backup; exit 2 when there is none of that name, when it cannot be understood, when others could have written
 * it, or when it holds what no repair of llmctl saves: a file from elsewhere does not decide what is written to Redis.
 */
export async function readBackup(stateDir: string, id: string): Promise<Backup> {
  const path = backupPath(stateDir, id);
  const all = backupsDir(stateDir);
  const refused = (why: string, hint: string, cause?: unknown) =>
    usageError({ code: "unknown-backup", message: `backup ${path}: ${why}`, hint, cause });
  if (!NAME.test(id))
    throw usageError({
      code: "unknown-backup",
      message: `"${id}" is not the name of a backup`,
      hint: `see: ls ${all}`,
    });
  const folder = await distrustOfFolder(all, stateDir);
  if (folder) throw refused(folder.why, folder.fix);
  const file = await readTrusted(path);
  if (file.kind === "distrusted") throw refused(`it ${file.distrust.why}`, file.distrust.fix);
  if (file.kind !== "read") throw refused("there is no such file", `see what there is: ls ${all}`);
  const parsed = parseBackup(id, file.text);
  if (typeof parsed !== "string") return parsed;
  throw refused(parsed, `name another: ls ${all}`);
}
