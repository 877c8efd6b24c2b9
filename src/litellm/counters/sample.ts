import type { RedisClient } from "../../redis/connect.js";
import { loadScript, runScript } from "../../redis/scripts.js";

/** A counter and its rate counters at one instant; '' for a missing one. */
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
  /** When `requests` and `tokens` expire, Redis TIME in milliseconds; null where they do not or are missing. */
  readonly requestsUntilMs: number | null;
  readonly tokensUntilMs: number | null;
}

type SampleReply = [string, number, number, string, string, string, string, number, number];

const script = loadScript(import.meta.url, "sample");

/** Reads a `…:max_parallel_requests` key with its `:window`, `:requests` and `:tokens` in one read-only Lua call. */
export async function readSample(redis: RedisClient, key: string): Promise<Sample> {
  const stem = key.slice(0, key.lastIndexOf(":"));
  const keys = [key, ...["window", "requests", "tokens"].map((field) => `${stem}:${field}`)];
  const reply = (await runScript(redis, script, keys, [])) as SampleReply;
  const [type, ttlMs, timeMs, value, window, requests, tokens, requestsTtlMs, tokensTtlMs] = reply;
  const until = (ttl: number) => (ttl >= 0 ? timeMs + ttl : null);
  const expiries = { requestsUntilMs: until(requestsTtlMs), tokensUntilMs: until(tokensTtlMs) };
  return { type, ttlMs, timeMs, value, window, requests, tokens, ...expiries };
}
