import { runScriptOnBytes } from "../redis/bytes.js";
import type { RedisClient } from "../redis/connect.js";
import { loadScript, runScript } from "../redis/scripts.js";
import { startIn } from "./counters/read.js";
import { type ActResult, type Slot, toArguments } from "./release-action.js";

/** A key with all that is needed to restore it. */
export interface KeySnapshot {
  readonly type: string;
  /** −1 no expiry, −2 no key. */
  readonly ttlMs: number;
  /** Redis TIME of the snapshot, in milliseconds. */
  readonly timeMs: number;
  /** Redis DUMP in base64; '' for no key. */
  readonly dump: string;
  /** Value of a string. */
  readonly value: string;
  /**
   * Members of a sorted set, with scores as in a reading, because JSON has no infinity. The DUMP has the exact scores.
   */
  readonly members: readonly Slot[];
}

const save = loadScript(import.meta.url, "save");
const restoreKey = loadScript(import.meta.url, "restore-key");
const restoreSlots = loadScript(import.meta.url, "restore-slots");

/** Reads a whole key in one read-only Lua call. */
export async function saveKey(redis: RedisClient, key: string): Promise<KeySnapshot> {
  const reply = (await runScriptOnBytes(redis, save, [key], [])) as [Buffer, number, number, Buffer, Buffer, Buffer[]];
  const [type, ttlMs, timeMs, dump, value, pairs] = reply;
  const members: Slot[] = [];
  for (let at = 0; at < pairs.length; at += 2) members.push({ id: `${pairs[at]}`, score: startIn(`${pairs[at + 1]}`) });
  return { type: `${type}`, ttlMs, timeMs, dump: dump.toString("base64"), value: `${value}`, members };
}

/** What a repair left in the place of a key: nothing, or a counter. */
export type LeftBehind = { readonly value: string; readonly endless: boolean } | null;

/** Restores a whole key in one Lua call, if its place is still as the repair left it. `ttlMs` 0: no expiry. */
export const putBackKey = (
  redis: RedisClient,
  key: string,
  dump: string,
  ttlMs: number,
  left: LeftBehind,
): Promise<ActResult> =>
  runScriptOnBytes(
    redis,
    restoreKey,
    [key],
    [ttlMs, left?.value ?? "", left?.endless ? "endless" : "expires", Buffer.from(dump, "base64")],
  ).then(resultOf);

/** Restores members that are missing. `ttlMs`: for a set that must be created again; 0: no expiry. */
export const putBackSlots = (
  redis: RedisClient,
  key: string,
  slots: readonly Slot[],
  ttlMs: number,
): Promise<ActResult> => runScript(redis, restoreSlots, [key], [ttlMs, ...toArguments(slots)]).then(resultOf);

function resultOf(reply: unknown): ActResult {
  const [done, reason] = reply as [number, string | number];
  return done === 1 ? { done: true } : { done: false, reason: String(reason) };
}
