-- release-counter: lowers a counter by what was proved to be left behind, or deletes it, if it is still as it was seen.
-- KEYS[1] a counter that is a string: LiteLLM <= 1.93, or a minute key
-- KEYS[2...] where it was watched: its window, requests and tokens keys, in the same hash slot
-- ARGV[1] the value as it was seen
-- ARGV[2] "endless" when it had no expiry, else "expires"
-- ARGV[3] by how much to lower; 0 deletes the key
-- ARGV[4...] where it was watched: window, requests and tokens as they were last seen, 1 when refused calls may add tokens, and the times in
--   ms at which it may have expired and begun anew (0 for never) and at which requests and tokens expire (-1 for never)
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
local function read(key)
  if redis.call("TYPE", key).ok ~= "string" then
    return ""
  end
  return redis.call("GET", key)
end
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- By how much a rate counter rose; when it began anew, all of it is new. In a new window it is the same one only if its expiry is the same.
local function rise(key, was, until_ms, rolled)
  local before, after = tonumber(was) or 0, tonumber(read(key)) or 0
  local ttl = redis.call("PTTL", key)
  local lives = (ttl == -1 and until_ms == -1) or (ttl >= 0 and math.abs(now + ttl - until_ms) <= 10)
  if after < before or (rolled and not lives) then
    return after
  end
  return after - before
end
if #KEYS > 1 then
  local until_ms = tonumber(ARGV[8])
  if until_ms > 0 and now >= until_ms then
    return { 0, "it may have expired and begun anew since it was watched" }
  end
  local rolled = read(KEYS[2]) ~= ARGV[4]
  local requests = rise(KEYS[3], ARGV[5], tonumber(ARGV[9]), rolled)
  local tokens = rise(KEYS[4], ARGV[6], tonumber(ARGV[10]), rolled)
  local counted = ARGV[5] ~= "" or read(KEYS[3]) ~= ""
  local explained = 0
  if ARGV[7] == "1" then
    explained = counted and requests or 1
  end
  if tokens > explained then
    return { 0, "a call has succeeded since it was watched" }
  end
end
if ARGV[3] == "0" then
  redis.call("DEL", KEYS[1])
  return { 1, "" }
end
-- Keeps the time to live, which SET would take away.
return { 1, redis.call("INCRBYFLOAT", KEYS[1], "-" .. ARGV[3]) }
