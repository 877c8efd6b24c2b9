-- Books what an ended call used. A counter that expires keeps its expiry.
-- KEYS: counters. ARGV: window in seconds, then one amount for each key.
-- Returns the new values.
local values = {}
for i, counter in ipairs(KEYS) do
  values[i] = redis.call("INCRBYFLOAT", counter, ARGV[i + 1])
  if redis.call("TTL", counter) == -1 then
    redis.call("EXPIRE", counter, ARGV[1])
  end
end
return values
