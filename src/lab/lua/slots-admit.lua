-- Takes one slot of a sorted set whose members are calls, scored by their start.
-- KEYS: the set. ARGV: limit, life of a slot in seconds, id of the call.
-- Returns { 1, calls in flight with this one } or, when it is full, { 0, calls in flight }.
local now, life = tonumber(redis.call("TIME")[1]), tonumber(ARGV[2])
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - life)
local held = redis.call("ZCARD", KEYS[1])
if held >= tonumber(ARGV[1]) then
  return { 0, held }
end
redis.call("ZADD", KEYS[1], now, ARGV[3])
redis.call("EXPIRE", KEYS[1], life)
return { 1, held + 1 }
