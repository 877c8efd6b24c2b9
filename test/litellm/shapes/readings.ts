import type { Reading } from "../../../src/litellm/counters/read.js";
import { type KeyName, parallelKey, parseKeyName } from "../../../src/litellm/key-name.js";

/** Redis TIME of every reading here. */
export const NOW = Date.parse("2026-11-23T12:00:00.000Z");

export const HASH = "a".repeat(64);
export const PARALLEL = named(parallelKey(HASH));

export function named(name: string): KeyName {
  const parsed = parseKeyName(name);
  if (!parsed) throw new Error(`${name} is no name of the limiter`);
  return parsed;
}

const blank = { key: PARALLEL.name, timeMs: NOW, value: "", size: 0, members: [] };

/** A string as it was read. */
export const text = (value: string, ttlMs = 60_000): Reading => ({ ...blank, type: "string", ttlMs, value });

/** A sorted set whose members are so old, in milliseconds. */
export const set = (...agesMs: number[]): Reading => ({
  ...blank,
  type: "zset",
  ttlMs: 3_600_000,
  size: agesMs.length,
  members: agesMs.map((age, at) => ({ id: String(at).padStart(32, "0"), score: (NOW - age) / 1000 })),
});

export const other = (type: string): Reading => ({ ...blank, type, ttlMs: -1 });
