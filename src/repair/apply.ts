import { EXIT, LlmctlError } from "../errors.js";
import { type ActResult, applyAction } from "../litellm/release-action.js";
import type { Repair } from "../output/documents/doctor.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { type Backup, type BackupEntry, journalPath } from "./backup.js";
import { isWhole } from "./backup-schema.js";
import { openJournal } from "./journal.js";
import { type DoctorLock, whyStop } from "./lock.js";
import { retryWhileFlickering } from "./retry.js";
import type { Throttle } from "./throttle.js";

export interface ApplyOptions {
  readonly redis: RedisConnection;
  readonly lock: DoctorLock;
  readonly stateDir: string;
  readonly signal: AbortSignal;
  /** ISO time of now. */
  readonly now: () => string;
  readonly progress: (text: string) => void;
  /** At once, one after another, when left out. */
  readonly pace?: Throttle;
}

/**
 * Carries out the acts of a backup, one key at a time. A line of the journal is on disk before each; how an act ended
 * goes there with the next. Stops before the next act when
 * the lock, the operator's patience, Redis itself or the journal is lost.
 */
export async function applyRepairs(backup: Backup, options: ApplyOptions): Promise<Repair[]> {
  const { lock, stateDir, signal, now, progress } = options;
  const write = openJournal(journalPath(stateDir, backup.id));
  let away = await write({ step: "begin", at: now(), epoch: lock.epoch, seq: lock.seq });
  const results: Repair[] = [];
  for (const [at, entry] of backup.entries.entries()) {
    progress(`repairing ${at + 1} of ${backup.entries.length}`);
    if (away === undefined) await options.pace?.turn(signal);
    const stop = away ?? whyStop(lock, signal);
    if (stop) {
      results.push(repairRow(entry, "refused", stop));
      continue;
    }
    // What the backup does not have could not be put back, should the key be again as it was planned.
    if (!isWhole(entry)) {
      const reason = "changed since it was seen: the backup found it otherwise";
      away = await write({ step: "refused", repair: entry.repair, at: now(), reason });
      results.push(repairRow(entry, "refused", reason));
      continue;
    }
    away = await write({ step: "act", repair: entry.repair, at: now(), seq: lock.seq });
    if (away) {
      results.push(repairRow(entry, "refused", away));
      continue;
    }
    let result: ActResult;
    try {
      result = await actWithPatience(entry, options);
    } catch (error) {
      const reason = (error as Error).message;
      away = await write({ step: "failed", repair: entry.repair, at: now(), reason });
      results.push(repairRow(entry, "failed", reason));
      if (isAway(error, options.redis)) away = "Redis does not answer";
      continue;
    }
    const row = result.done
      ? repairRow(entry, "done", "")
      : repairRow(entry, "refused", `changed since it was seen: ${result.reason}`);
    away = await write(
      result.done
        ? { step: "done", repair: entry.repair, at: now() }
        : { step: "refused", repair: entry.repair, at: now(), reason: result.reason },
    );
    results.push(row);
  }
  await write({ step: "end", at: now() });
  return results;
}

/** A Redis that does not answer gets no further repair: each might have been made. */
function isAway(error: unknown, { address }: RedisConnection): boolean {
  const explained = explainIfRedis(error, address);
  return explained instanceof LlmctlError && explained.exit === EXIT.unreachable;
}

const actWithPatience = ({ act }: BackupEntry, { redis, lock }: ApplyOptions): Promise<ActResult> =>
  retryWhileFlickering(
    act,
    () => applyAction(redis.client, act),
    ({ done }) => done,
    () => lock.held(),
  );

export const repairRow = (entry: BackupEntry, status: Repair["status"], reason: string): Repair => ({
  id: entry.repair,
  key: entry.act.key,
  action: entry.action,
  evidence: entry.evidence,
  status,
  reason,
});
