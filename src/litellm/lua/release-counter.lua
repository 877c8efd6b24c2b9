-- release-counter: lowers a counter by what was proved to be left behind, or deletes it, if it is still as it was seen.
-- KEYS[1] a counter that is a string: LiteLLM <= 1.93, or a minute key
-- ARGV[1] the value as it was seen
-- ARGV[2] "endless" when it had no expiry, else "expires"
-- ARGV[3] by how much to lower; 0 deletes the key
-- returns { 1, the value left, or "" when the key was deleted } or { 0, why nothing was written }
local kind = redis.call("TYPE", KEYS[1]).ok
if kind == "none" then
  return { 0, "the key is gone" }
end
if kind ~= "string" then
  return { 0, "the key is now a " .. kind }
end
local value = redis.call("GET", KEYS[1])
if value ~= ARGV[1] then
  return { 0, "the value is now " .. string.sub(value, 1, 80) }
end
local endless = redis.call("PTTL", KEYS[1]) == -1
if endless ~= (ARGV[2] == "endless") then
  return { 0, "its expiry has changed" }
end
if ARGV[3] == "0" then
  redis.call("DEL", KEYS[1])
  return { 1, "" }
end
-- Keeps the time to live, which SET would take away.
return { 1, redis.call("INCRBYFLOAT", KEYS[1], "-" .. ARGV[3]) }
