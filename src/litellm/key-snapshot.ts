import { runScriptOnBytes } from "../redis/bytes.js";
import type { RedisClient } from "../redis/connect.js";
import { ScriptReply } from "../redis/script-reply.js";
import { loadScript, runScript } from "../redis/scripts.js";
import { takeSlot } from "./counters/read.js";
import { type ActResult, type Slot, toActResult, toArguments } from "./release-action.js";

/** A key as it was, with all that is needed to put it back. */
export interface KeySnapshot {
  readonly type: string;
  /** −1 no expiry, −2 no key. */
  readonly ttlMs: number;
  /** Redis TIME at which it was so. */
  readonly timeMs: number;
  /** Redis DUMP in base64; '' for no key. */
  readonly dump: string;
  /** Of a string. */
  readonly value: string;
  /** Of a sorted set, scores as a reading has them: JSON knows no infinite one. The DUMP has each as it is. */
  readonly members: readonly Slot[];
}

const save = loadScript(import.meta.url, "save");
const restoreKey = loadScript(import.meta.url, "restore-key");
const restoreSlots = loadScript(import.meta.url, "restore-slots");

/** Reads a whole key in one Lua call that writes nothing. */
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

/** Puts a whole key back in one Lua call, if its place is still as it was left. `ttlMs` 0: without expiry. */
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

/** Puts members back one by one where they are absent. `ttlMs`: for a set that is gone and has to be made anew; 0: without expiry. */
export const putBackSlots = (
  redis: RedisClient,
  key: string,
  slots: readonly Slot[],
  ttlMs: number,
): Promise<ActResult> =>
  runScript(redis, restoreSlots, [key], [ttlMs, ...toArguments(slots)]).then((reply) =>
    toActResult(restoreSlots, reply),
  );
