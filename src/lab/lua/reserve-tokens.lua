-- Reserves the tokens that a call may use, if they fit (from 1.91 on).
-- KEYS: window key, tokens key. ARGV: limit, amount, window in seconds, "1" where a new window removes the requests beside it (1.109).
-- Returns { 1, the new value, the window's start } or, when it does not fit, { 0, the value, the window's start }.
local limit, amount, size = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = tonumber(redis.call("TIME")[1])
local began = tonumber(redis.call("GET", KEYS[1]) or "")
local open = began ~= nil and now - began < size
local used = open and tonumber(redis.call("GET", KEYS[2]) or "0") or 0
if used + amount > limit then
  return { 0, used, began or now }
end
if open then
  local value = redis.call("INCRBY", KEYS[2], amount)
  if redis.call("TTL", KEYS[2]) == -1 then
    redis.call("EXPIRE", KEYS[2], size)
  end
  return { 1, value, began }
end
if ARGV[4] == "1" then
  redis.call("DEL", string.sub(KEYS[1], 1, -8) .. ":requests")
end
redis.call("SET", KEYS[1], string.format("%d", now), "EX", size)
redis.call("SET", KEYS[2], amount, "EX", size)
return { 1, amount, now }
