-- release-slots: takes planned members out of a live sorted set, all of them or none.
-- KEYS[1] the counter of one key, LiteLLM >= 1.94
-- ARGV[1] youngest age in ms by Redis TIME that a member may have; 0 when its age is not the evidence
-- ARGV[2] 1 when nothing but these members may be there (the evidence is about the whole key), else 0
-- ARGV[3] "endless" or "expires" when that is part of the evidence, else "any"
-- ARGV[4...] member, score, member, score, ...
-- returns { 1, members removed } or { 0, why nothing was written }
local kind = redis.call("TYPE", KEYS[1]).ok
if kind == "none" then
  return { 0, "the key is gone" }
end
if kind ~= "zset" then
  return { 0, "the key is now a " .. kind }
end
local endless = redis.call("PTTL", KEYS[1]) == -1
if (ARGV[3] == "endless" and not endless) or (ARGV[3] == "expires" and endless) then
  return { 0, "its expiry has changed" }
end
local planned = (#ARGV - 3) / 2
if ARGV[2] == "1" and redis.call("ZCARD", KEYS[1]) ~= planned then
  return { 0, "slots came or went" }
end
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for at = 4, #ARGV, 2 do
  local score = redis.call("ZSCORE", KEYS[1], ARGV[at])
  if not score then
    return { 0, "slot " .. ARGV[at] .. " was given back meanwhile" }
  end
  if tonumber(score) ~= tonumber(ARGV[at + 1]) then
    return { 0, "slot " .. ARGV[at] .. " is another call now" }
  end
  if now - tonumber(score) * 1000 < tonumber(ARGV[1]) then
    return { 0, "slot " .. ARGV[at] .. " is too young" }
  end
end
for at = 4, #ARGV, 2 do
  redis.call("ZREM", KEYS[1], ARGV[at])
end
return { 1, planned }
