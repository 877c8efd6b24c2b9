import { randomBytes } from "node:crypto";
import { deniedError, EXIT, usageError } from "../errors.js";
import { putBackKey, putBackSlots, saveKey } from "../litellm/key-snapshot.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainRedisError } from "../redis/errors.js";
import { hashSlot, hashTag } from "../redis/hash-slot.js";

/** How long a key of the rehearsal lives at most, should this process die in the middle. */
const LIFE_MS = 10_000;

/**
 * Tries all that undo needs (ZADD, PEXPIRE, DUMP, RESTORE, DEL) on a key of our own, `llmctl:rehearsal:…`, before the
 * first act: on a server where one of them is renamed or forbidden a repair could not be taken back. In a Cluster on
 * each node that the plan touches. Exit 4 when the right is missing, 2 when the server does not know the command, 5
 * when it gives back other bytes.
 */
export async function rehearseUndo(redis: RedisConnection, keys: readonly string[]): Promise<void> {
  const word = randomBytes(6).toString("hex");
  for (const key of await keyOnEachNode(redis, keys)) {
    await rehearseOn(redis, `llmctl:rehearsal:${word}:{${hashTag(key)}}`);
  }
}

/** One of these keys for each node that holds any of them. */
async function keyOnEachNode({ cluster }: RedisConnection, keys: readonly string[]): Promise<readonly string[]> {
  if (!cluster) return keys.slice(0, 1);
  const nodes = [...(await cluster.map()).values()];
  const chosen = nodes.map(({ slots }) => keys.find((key) => slots.has(hashSlot(key))));
  return chosen.filter((key) => key !== undefined);
}

async function rehearseOn(redis: RedisConnection, key: string): Promise<void> {
  const { client } = redis;
  const tried = <T>(command: string, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw explainRefusal(error, redis, command);
    });
  const slot = { id: "llmctl", score: Math.floor(Date.now() / 1000) };
  await tried("ZADD and PEXPIRE", putBackSlots(client, key, [slot], LIFE_MS));
  const saved = await tried("DUMP", saveKey(client, key));
  await tried("DEL", client.del(key));
  const back = await tried("RESTORE", putBackKey(client, key, saved.dump, LIFE_MS, null));
  const again = await tried("DUMP", saveKey(client, key));
  await tried("DEL", client.del(key));
  if (back.done && again.dump === saved.dump) return;
  throw usageError({
    code: "no-undo",
    message: `Redis at ${redis.address} did not give back by RESTORE what DUMP had saved, so no repair could be undone; nothing was changed`,
    hint: "see docs/redis.md for what a repair needs",
  });
}

/** Redis 5 to 8 and Valkey, from a script or without one. */
const UNKNOWN = /unknown (redis |valkey )?command/i;

function explainRefusal(error: unknown, { address }: RedisConnection, command: string): unknown {
  const { message } = error as Error;
  const known = explainRedisError(error, address);
  const told = `Redis at ${address} refuses ${command}, without which no repair could be undone, so nothing was changed: ${message.trim()}`;
  if (UNKNOWN.test(message)) {
    return usageError({
      code: "no-undo",
      message: told,
      hint: "is it renamed? then let llmctl reach a server where it is not (rename-command)",
    });
  }
  if (known.exit !== EXIT.denied) return known;
  return deniedError({
    code: "undo-denied",
    message: told,
    hint: "give this user the rights to repair that docs/redis.md lists",
    cause: error,
  });
}
