-- read: one key as it is at one instant, so that type, value and age belong together. Writes nothing.
-- KEYS[1] any key
-- ARGV[1] how many members of a sorted set to return at most, oldest first
-- returns { type, ttl in ms (-1 no expiry, -2 no key), Redis TIME in ms, value or '', number of members, { member, score, ... } }
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kind = redis.call("TYPE", KEYS[1]).ok
local ttl = redis.call("PTTL", KEYS[1])
if kind == "string" then
  return { kind, ttl, now, redis.call("GET", KEYS[1]), 0, {} }
end
if kind == "zset" then
  local most = tonumber(ARGV[1])
  local members = {}
  if most > 0 then
    members = redis.call("ZRANGE", KEYS[1], 0, most - 1, "WITHSCORES")
  end
  return { kind, ttl, now, "", redis.call("ZCARD", KEYS[1]), members }
end
return { kind, ttl, now, "", 0, {} }
