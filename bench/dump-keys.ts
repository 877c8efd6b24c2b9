import type { Redis } from "ioredis";

/**
 * Nine of ten are slots of LiteLLM ≥ 1.94 with one to four calls; the others are what an upgrade leaves: counters, some
 * without expiry, and minutes.
 */
const FILL = `
local from, many = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = tonumber(redis.call("TIME")[1])
for i = from, from + many - 1 do
  local hash = redis.sha1hex(i) .. string.sub(redis.sha1hex("x" .. i), 1, 24)
  local name = "{api_key:" .. hash .. "}:max_parallel_requests"
  local kind = i % 20
  if kind < 18 then
    for slot = 1, 1 + i % 4 do
      redis.call("ZADD", name, now - (i % 1000) - slot, string.sub(redis.sha1hex(i .. ":" .. slot), 1, 32))
    end
    redis.call("EXPIRE", name, 3600)
  elseif kind == 18 then
    redis.call("SET", name, i % 7)
    if i % 40 == 18 then redis.call("EXPIRE", name, 3600) end
  else
    local minute = hash .. "::2026-11-23-09-40::request_count"
    redis.call("SET", minute, '{"current_requests": 2, "current_tpm": 0, "current_rpm": 2}', "EX", 3600)
  end
end`;

/** Creates limiter keys in a Redis. */
export async function fillLimiterKeys(redis: Redis, keys: number): Promise<void> {
  for (let from = 0; from < keys; from += 500) await redis.eval(FILL, 0, from, Math.min(500, keys - from));
}
