import { setTimeout as pause } from "node:timers/promises";
import { addSample, startSummary } from "../diagnose/sampling/summary.js";
import { readKey } from "../litellm/counters/read.js";
import { readSample } from "../litellm/counters/sample.js";
import { numberIn } from "../litellm/shapes/windowed.js";
import type { RedisConnection } from "../redis/connect.js";
import type { BackupEntry } from "./backup.js";

/**
 * A lock that was freed shows itself by a lower value or a success; at once when nobody waits, else when calls come and
 * end.
 */
const PATIENCE_MS = 10_000;
const LOOK_MS = 100;

/** Looks again at a key that was repaired. Undefined: what was to be taken away is gone; else what is wrong. */
export async function verifyRepair(redis: RedisConnection, { act }: BackupEntry): Promise<string | undefined> {
  const { client } = redis;
  if (act.kind === "release-counter") return verifyCounter(redis, act.key, act.value, act.endless);
  const reading = await readKey(client, act.key);
  const there = new Set(reading.members.map(({ id }) => id));
  const back = act.members.filter(({ id }) => there.has(id)).length;
  return back > 0 ? `${back} of the removed slots are there again` : undefined;
}

/**
 * As high as before, with as little expiry, and no call that succeeded: that is the old state. Calls that were let in
 * look else.
 */
async function verifyCounter({ client }: RedisConnection, key: string, value: string, endless: boolean) {
  const before = numberIn({ value });
  let watched = startSummary(await readSample(client, key));
  for (let waited = 0; ; waited += LOOK_MS) {
    const { type, value: now, ttlMs } = watched.last;
    const after = type === "string" ? numberIn({ value: now }) : null;
    const again = before !== null && after !== null && after >= before && (ttlMs === -1) === endless;
    if (!again || watched.successes > 0) return undefined;
    if (endless || waited >= PATIENCE_MS) return `the counter is at ${after} again`;
    await pause(LOOK_MS);
    watched = addSample(watched, await readSample(client, key), null);
  }
}
