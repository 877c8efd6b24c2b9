import { z } from "zod";
import { parseJson } from "../config/ndjson-log.js";
import { startIn } from "../litellm/counters/read.js";
import { parseKeyName } from "../litellm/key-name.js";
import type { KeySnapshot } from "../litellm/key-snapshot.js";
import type { ReleaseAction } from "../litellm/release-action.js";

/** A member of a sorted set, and its score as a reading has it. */
const slot = z.object({ id: z.string().min(1), score: z.number().refine((score) => startIn(score) === score) });

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
    ttlMs: z.number().int().min(-2),
    timeMs: z.number(),
    dump: z.base64().or(z.literal("")),
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

/** A backup from the text of its file, or why it is none that llmctl has made: nothing of it may be acted on then. */
export function parseBackup(id: string, text: string): Backup | string {
  const parsed = backup.safeParse(parseJson(text));
  if (!parsed.success) return "it is not a backup of llmctl";
  const { entries } = parsed.data;
  if (parsed.data.id !== id) return `it says that it is the backup ${parsed.data.id}`;
  if (new Set(entries.map(({ repair }) => repair)).size < entries.length) return "it has two repairs of one name";
  const foreign = entries.find((one) => !isOurKind(one));
  if (foreign) return `it would change ${foreign.act.key}, which no repair of llmctl does in that way`;
  return parsed.data;
}

/**
 * Whether it is about a key that repairs act on, in the way in which they do. What was saved may be otherwise: then the
 * act was refused.
 */
function isOurKind({ act, saved }: BackupEntry): boolean {
  const family = parseKeyName(act.key)?.family;
  if (family !== "parallel" && (family !== "minute" || act.kind === "release-slots")) return false;
  return !holds(saved, act) || RDB_TYPES[act.kind].includes(Buffer.from(saved.dump, "base64")[0] ?? -1);
}

/**
 * The first byte of a DUMP tells its type: a string, or one of the encodings of a sorted set in Redis 3 to 8 and Valkey
 * (rdb.h).
 */
const RDB_TYPES = {
  "release-counter": [0],
  "release-slots": [3, 5, 12, 17],
} satisfies Record<ReleaseAction["kind"], number[]>;

/** Whether a backup has what its act takes away. */
export const isWhole = ({ act, saved }: BackupEntry): boolean => holds(saved, act);

/** Whether a key as it was saved is the one that an act is about, with all that the act takes away. */
export function holds({ type, value, members }: KeySnapshot, act: ReleaseAction): boolean {
  if (act.kind === "release-counter") return type === "string" && value === act.value;
  const scores = new Map(members.map(({ id, score }) => [id, score]));
  return type === "zset" && act.members.every(({ id, score }) => scores.get(id) === score);
}
