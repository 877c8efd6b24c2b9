-- save: everything that is needed to put a key back, at one instant. Writes nothing.
-- KEYS[1] any key
-- returns { type, ttl in ms (-1 no expiry, -2 no key), Redis TIME in ms, DUMP or '', value or '', { member, score, ... } }
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kind = redis.call("TYPE", KEYS[1]).ok
if kind == "none" then
  return { kind, -2, now, "", "", {} }
end
local value = ""
local members = {}
if kind == "string" then
  value = redis.call("GET", KEYS[1])
elseif kind == "zset" then
  members = redis.call("ZRANGE", KEYS[1], 0, -1, "WITHSCORES")
end
return { kind, redis.call("PTTL", KEYS[1]), now, redis.call("DUMP", KEYS[1]), value, members }
