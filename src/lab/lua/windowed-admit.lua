-- Counts one call in every limit of a windowed release. All counters of one owner share a window. A missing or expired window
-- is opened again for one pair only, so later pairs of the same call may count into a key without expiry.
-- KEYS: pairs of window key and counter key.
-- ARGV: now in seconds (the proxy's clock), window in seconds, "1" where a counter without expiry is given one (from 1.80.8 on),
--       "1" where a new window removes the counters of requests and tokens beside it (1.109).
-- Returns the counters in order.
local now, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local counts = {}
for i = 1, #KEYS, 2 do
  local window, counter = KEYS[i], KEYS[i + 1]
  local began = tonumber(redis.call("GET", window) or "")
  if began and now - began < size then
    counts[#counts + 1] = redis.call("INCR", counter)
    if ARGV[3] == "1" and redis.call("TTL", counter) == -1 then
      redis.call("EXPIRE", counter, size)
    end
  else
    if ARGV[4] == "1" then
      local stem = string.sub(window, 1, -8)
      redis.call("DEL", stem .. ":requests", stem .. ":tokens")
    end
    redis.call("SET", window, string.format("%d", now), "EX", size)
    redis.call("SET", counter, 1, "EX", size)
    counts[#counts + 1] = 1
  end
end
return counts
