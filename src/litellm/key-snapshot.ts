import { runScriptOnBytes } from "../redis/bytes.js";
import type { RedisClient } from "../redis/connect.js";
import { ScriptReply } from "../redis/script-reply.js";
import { loadScript, runScript } from "../redis/scripts.js";
import { takeSlot } from "./counters/read.js";
import { type ActResult, type Slot, toActResult, toArguments } from "./release-action.js";

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
  const reply = new ScriptReply(save, await runScriptOnBytes(redis, save, [key], []));
  const [type, ttlMs, timeMs] = [reply.text(), reply.number(), reply.number()];
  const [dump, value, list] = [reply.bytes().toString("base64"), reply.text(), reply.list()];
  const members: Slot[] = [];
  while (!list.done) members.push(takeSlot(list));
  return { type, ttlMs, timeMs, dump, value, members };
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
  ).then((reply) => toActResult(restoreKey, reply));

/** Restores members that are missing. `ttlMs`: for a set that must be created again; 0: no expiry. */
export const putBackSlots = (
  redis: RedisClient,
  key: string,
  slots: readonly Slot[],
  ttlMs: number,
): Promise<ActResult> =>
  runScript(redis, restoreSlots, [key], [ttlMs, ...toArguments(slots)]).then((reply) =>
    toActResult(restoreSlots, reply),
  );
