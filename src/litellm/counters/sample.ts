import type { RedisClient } from "../../redis/connect.js";
import { ScriptReply } from "../../redis/script-reply.js";
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

const script = loadScript(import.meta.url, "sample");

/** Reads a `…:max_parallel_requests` key with its `:window`, `:requests` and `:tokens` in one read-only Lua call. */
export async function readSample(redis: RedisClient, key: string): Promise<Sample> {
  const stem = key.slice(0, key.lastIndexOf(":"));
  const keys = [key, ...["window", "requests", "tokens"].map((field) => `${stem}:${field}`)];
  const reply = new ScriptReply(script, await runScript(redis, script, keys, []));
  const [type, ttlMs, timeMs, value] = [reply.text(), reply.number(), reply.number(), reply.text()];
  const [window, requests, tokens] = [reply.text(), reply.text(), reply.text()];
  const until = (ttl: number) => (ttl >= 0 ? timeMs + ttl : null);
  const expiries = { requestsUntilMs: until(reply.number()), tokensUntilMs: until(reply.number()) };
  return { type, ttlMs, timeMs, value, window, requests, tokens, ...expiries };
}
