-- restore-key: puts a saved key back where its place is still as a repair left it.
-- KEYS[1] the key
-- ARGV[1] the time to live that would remain, ms; 0 for none
-- ARGV[2] what the repair left: "" when it deleted the key, else the value of a counter
-- ARGV[3] "endless" or "expires": how the repair left that counter
-- ARGV[4] DUMP of the key
-- returns { 1, "" } or { 0, why nothing was written }
local kind = redis.call("TYPE", KEYS[1]).ok
if ARGV[2] == "" then
  if kind ~= "none" then
    return { 0, "the key is there again: calls have come since" }
  end
else
  if kind ~= "string" or redis.call("GET", KEYS[1]) ~= ARGV[2] then
    return { 0, "the value has changed since" }
  end
  if (redis.call("PTTL", KEYS[1]) == -1) ~= (ARGV[3] == "endless") then
    return { 0, "its expiry has changed since" }
  end
end
-- REPLACE and not DEL before it: should RESTORE be refused, what is there stays.
redis.call("RESTORE", KEYS[1], ARGV[1], ARGV[4], "REPLACE")
return { 1, "" }
