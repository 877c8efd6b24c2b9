import type { RedisClient } from "../redis/connect.js";
import { loadScript, runScript } from "../redis/scripts.js";

/** One Redis key at one instant. */
export interface Reading {
  readonly key: string;
  /** Redis TYPE; `none` when there is no such key. */
  readonly type: string;
  /** Milliseconds; −1 no expiry, −2 no key. */
  readonly ttlMs: number;
  /** Redis TIME in milliseconds: ages are measured by the server's clock, never by ours. */
  readonly timeMs: number;
  /** Of a string; empty otherwise. */
  readonly value: string;
  /** Of a sorted set: how many members. */
  readonly size: number;
  /** Of a sorted set: members with their scores, oldest first, as many as were asked for. */
  readonly members: readonly { readonly id: string; readonly score: number }[];
}

const script = loadScript(import.meta.url, "read");

/** Reads one key in one Lua call that writes nothing. `members`: how many slots to fetch at most. */
export async function readKey(redis: RedisClient, key: string, members = 100_000): Promise<Reading> {
  const reply = await runScript(redis, script, [key], [members]);
  const [type, ttlMs, timeMs, value, size, flat] = reply as [string, number, number, string, number, string[]];
  const slots = [];
  for (let at = 0; at < flat.length; at += 2) slots.push({ id: flat[at] as string, score: Number(flat[at + 1]) });
  return { key, type, ttlMs, timeMs, value, size, members: slots };
}
