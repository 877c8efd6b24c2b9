import type { RedisClient } from "../redis/connect.js";
import { loadScript, runScript } from "../redis/scripts.js";

/** A counter and the rate counters beside it at one instant; '' where there is none. */
export interface Sample {
  readonly type: string;
  /** −1 no expiry, −2 no key. */
  readonly ttlMs: number;
  /** Redis TIME. */
  readonly timeMs: number;
  readonly value: string;
  readonly window: string;
  readonly requests: string;
  readonly tokens: string;
}

const script = loadScript(import.meta.url, "watch");

/** Reads a `…:max_parallel_requests` key with its `:window`, `:requests` and `:tokens` in one Lua call that writes nothing. */
export async function readSample(redis: RedisClient, key: string): Promise<Sample> {
  const stem = key.slice(0, key.lastIndexOf(":"));
  const keys = [key, ...["window", "requests", "tokens"].map((field) => `${stem}:${field}`)];
  const reply = (await runScript(redis, script, keys, [])) as [string, number, number, string, string, string, string];
  const [type, ttlMs, timeMs, value, window, requests, tokens] = reply;
  return { type, ttlMs, timeMs, value, window, requests, tokens };
}
