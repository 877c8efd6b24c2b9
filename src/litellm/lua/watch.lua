-- watch: a counter and the keys beside it at one instant, so that a rise of one belongs to a rise of the other. Writes nothing.
-- KEYS[1] the counter; KEYS[2...] its window, requests and tokens keys, in the same hash slot
-- returns { type, ttl in ms (-1 no expiry, -2 no key), Redis TIME in ms, value, window, requests, tokens, ttl of requests, ttl of tokens };
-- '' where there is none.
-- The value of a sorted set is its size and the SHA-1 of all members and scores, with a blank between any two of them.
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(key)
  if redis.call("TYPE", key).ok ~= "string" then
    return ""
  end
  return redis.call("GET", key)
end
local kind = redis.call("TYPE", KEYS[1]).ok
local value = text(KEYS[1])
if kind == "zset" then
  local all = redis.call("ZRANGE", KEYS[1], 0, -1, "WITHSCORES")
  value = #all / 2 .. " " .. redis.sha1hex(table.concat(all, " "))
end
return {
  kind,
  redis.call("PTTL", KEYS[1]),
  now,
  value,
  text(KEYS[2]),
  text(KEYS[3]),
  text(KEYS[4]),
  redis.call("PTTL", KEYS[3]),
  redis.call("PTTL", KEYS[4]),
}
