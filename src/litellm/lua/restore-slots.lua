-- restore-slots: puts removed members back into a sorted set, each one only where it is absent.
-- KEYS[1] the counter of one key, LiteLLM >= 1.94
-- ARGV[1] time to live in ms for a set that has to be made anew; 0 for none. A set that is there keeps its own
-- ARGV[2...] member, score, member, score, ...
-- returns { 1, members put back } or { 0, why nothing was written }
local kind = redis.call("TYPE", KEYS[1]).ok
if kind ~= "zset" and kind ~= "none" then
  return { 0, "the key is now a " .. kind }
end
local back = 0
for at = 2, #ARGV, 2 do
  back = back + redis.call("ZADD", KEYS[1], "NX", ARGV[at + 1], ARGV[at])
end
if kind == "none" and ARGV[1] ~= "0" then
  redis.call("PEXPIRE", KEYS[1], ARGV[1])
end
return { 1, back }
