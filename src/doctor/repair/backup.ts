import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { usageError } from "../../errors.js";
import type { Act } from "../../litellm/act.js";
import { type Saved, saveKey } from "../../litellm/saved.js";
import type { RedisConnection } from "../../redis/connect.js";
import { withPatience } from "./patience.js";
import { type PlannedRepair, sayEvidence } from "./plan.js";

const slot = z.object({ id: z.string(), score: z.number() });

const act = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("release-slots"),
    key: z.string(),
    members: z.array(slot),
    olderThanMs: z.number(),
    whole: z.boolean(),
    endless: z.boolean().nullable(),
  }),
  z.object({
    kind: z.literal("release-counter"),
    key: z.string(),
    value: z.string(),
    endless: z.boolean(),
    lowerBy: z.number().nullable(),
    since: z
      .object({
        ...{ window: z.string(), requests: z.string(), tokens: z.string() },
        ...{ tokenLimited: z.boolean(), untilMs: z.number() },
        // Backups of older versions have none.
        requestsUntilMs: z.number().nullable().default(null),
        tokensUntilMs: z.number().nullable().default(null),
      })
      .optional(),
  }),
]);

const entry = z.object({
  /** Id of the repair. */
  repair: z.string(),
  action: z.string(),
  evidence: z.array(z.string()),
  act,
  /** The key before the act. */
  saved: z.object({
    type: z.string(),
    ttlMs: z.number(),
    timeMs: z.number(),
    dump: z.string(),
    value: z.string(),
    members: z.array(slot),
  }),
});

const backup = z.object({
  schema: z.literal("llmctl.backup/1"),
  id: z.string(),
  at: z.string(),
  /** Address without credentials. */
  redis: z.string(),
  entries: z.array(entry),
});

export type BackupEntry = z.infer<typeof entry>;
export type Backup = z.infer<typeof backup>;

export const backupsDir = (stateDir: string): string => join(stateDir, "backups");
export const backupPath = (stateDir: string, id: string): string => join(backupsDir(stateDir), `${id}.json`);
export const journalPath = (stateDir: string, id: string): string => join(backupsDir(stateDir), `${id}.journal.ndjson`);

/** Names sort by time, to the millisecond; nothing in them tells a key. */
export const newBackupId = (wallMs: number): string => {
  const digits = new Date(wallMs).toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 8)}-${digits.slice(8)}-${randomBytes(3).toString("hex")}`;
};

/** What of a planned repair a backup tells. */
type ToBackUp = Pick<PlannedRepair, "id" | "action" | "evidence" | "act">;

/** Saves every key that the plan will change, on disk before it returns; the file appears whole or not at all, readable by its owner only. */
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
  const path = backupPath(stateDir, id);
  const file = await open(`${path}.part`, "wx", 0o600);
  try {
    // Not `write`, which may take only a part where the disk is nearly full.
    await file.writeFile(`${JSON.stringify(whole, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  await syncFolder(dir);
  return whole;
}

/** So many keys are read at a time: no queue in Redis that another client would feel. */
const SAVED_AT_ONCE = 20;

async function entryOf(redis: RedisConnection, { id, action, evidence, act }: ToBackUp): Promise<BackupEntry> {
  const saved = await withPatience(
    act,
    () => saveKey(redis.client, act.key),
    (seen) => holds(seen, act),
    () => true,
  );
  return {
    repair: id,
    action,
    evidence: evidence.map(sayEvidence),
    act: act.kind === "release-slots" ? { ...act, members: [...act.members] } : act,
    saved: { ...saved, members: [...saved.members] },
  };
}

/** Whether a backup has what its act takes away. */
export const isWhole = ({ act, saved }: BackupEntry): boolean => holds(saved, act);

function holds({ type, value, members }: Saved, act: Act): boolean {
  if (act.kind === "release-counter") return type === "string" && value === act.value;
  const scores = new Map(members.map(({ id, score }) => [id, score]));
  return act.members.every(({ id, score }) => scores.get(id) === score);
}

/** Makes the new name itself last through a crash. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Ids of all backups, oldest first. */
export async function listBackups(stateDir: string): Promise<string[]> {
  try {
    const names = await readdir(backupsDir(stateDir));
    return names
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Reads a backup; exit 2 when there is none of that name or it cannot be understood. */
export async function readBackup(stateDir: string, id: string): Promise<Backup> {
  const path = backupPath(stateDir, id);
  if (!/^[\w-]+$/.test(id))
    throw usageError("unknown-backup", `"${id}" is not the name of a backup`, `see: ls ${backupsDir(stateDir)}`);
  try {
    return backup.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why =
      code === "ENOENT"
        ? "there is no such file"
        : code
          ? `it cannot be read (${code})`
          : "it is not a backup of llmctl";
    throw usageError(
      "unknown-backup",
      `backup ${path}: ${why}`,
      `see what there is: ls ${backupsDir(stateDir)}`,
      cause,
    );
  }
}
