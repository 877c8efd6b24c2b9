import type { Redis } from "ioredis";
import type { RedisClient } from "../../redis/connect.js";
import { ScriptReply } from "../../redis/script-reply.js";
import { loadScript, runScript } from "../../redis/scripts.js";

/** One Redis key at one instant. */
export interface Reading {
  readonly key: string;
  /** Redis TYPE; `none` when there is no such key. */
  readonly type: string;
  /** Milliseconds; −1 no expiry, −2 no key. */
  readonly ttlMs: number;
  /** Redis TIME in milliseconds: ages are measured by the server's clock, never by ours. */
  readonly timeMs: number;
  /** Value of a string; empty otherwise. */
  readonly value: string;
  /** Number of members of a sorted set. */
  readonly size: number;
  /** Members of a sorted set with their scores, oldest first, up to the requested number. */
  readonly members: readonly { readonly id: string; readonly score: number }[];
}

const script = loadScript(import.meta.url, "read");
const many = loadScript(import.meta.url, "read-many");

/** 9999-12-31, in seconds. */
const LAST_START = 253_402_300_799;

/**
 * Converts a score to the start of a call in seconds. Every release writes years 1970 to 9999; other scores are clamped
 * to that range, so that they are times.
 */
export function startIn(score: string | number | undefined): number {
  const seconds = score === "-inf" ? 0 : Number(score);
  return Math.min(LAST_START, Math.max(0, Number.isNaN(seconds) ? LAST_START : seconds));
}

/** Reads one key in one read-only Lua call. `members`: the most slots to fetch. */
export async function readKey(redis: RedisClient, key: string, members = 100_000): Promise<Reading> {
  const reply = new ScriptReply(script, await runScript(redis, script, [key], [members]));
  const [type, ttlMs, timeMs] = [reply.text(), reply.number(), reply.number()];
  const [value, size, list] = [reply.text(), reply.number(), reply.list()];
  const slots = [];
  while (!list.done) slots.push(takeSlot(list));
  return { key, type, ttlMs, timeMs, value, size, members: slots };
}

/**
 * Reads many keys of one server in one read-only Lua call; a few hundred take about a millisecond. Undefined for a key
 * that this server could not read: it is migrating to another node, and `readKey` finds it.
 */
export async function readKeys(
  node: Redis,
  keys: readonly string[],
  members: number,
): Promise<(Reading | undefined)[]> {
  const reply = new ScriptReply(many, JSON.parse(`${await runScript(node, many, [], [members, ...keys])}`));
  const timeMs = reply.number();
  return keys.map((key) => {
    const type = reply.text();
    const ttlMs = reply.number();
    if (type === "elsewhere") return undefined;
    const value = type === "string" ? reply.text() : "";
    if (type !== "zset") return { key, type, ttlMs, timeMs, value, size: 0, members: [] };
    const size = reply.number();
    const slots = [];
    for (let shown = reply.number(); shown > 0; shown--) slots.push(takeSlot(reply));
    return { key, type, ttlMs, timeMs, value, size, members: slots };
  });
}

/** A member of a sorted set and its score, the next two parts of a reply. */
export function takeSlot(reply: ScriptReply): { readonly id: string; readonly score: number } {
  const id = reply.text();
  return { id, score: startIn(reply.text()) };
}
