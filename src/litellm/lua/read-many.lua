-- read-many: many keys of one server at one instant. Writes nothing.
-- The keys are arguments, not KEYS: so a user that may only read can run it, and on a Cluster one call can read keys of several slots of that
-- node. Where a server does not allow that, or a key is on its way to another node, the answer for it is 'elsewhere': read it by itself.
-- KEYS none
-- ARGV[1] how many members of a sorted set to return at most, oldest first; ARGV[2…] the keys
-- returns { Redis TIME in ms, then for each key: type, ttl in ms, and
--   of a string its value; of a sorted set its size, how many members follow, member, score, ...; of other types nothing }
local call, pcall = redis.call, redis.pcall
local time = call("TIME")
local out = { time[1] * 1000 + math.floor(time[2] / 1000) }
local at = 1
local most = tonumber(ARGV[1])
-- A small set is read whole: that tells its size without another call.
local fetched = math.max(most, 16)
-- Neighbours mostly have the same type, so the last one is tried before TYPE is asked.
local guess = "zset"

local function put(value)
  at = at + 1
  out[at] = value
end

local function read(kind, key)
  if kind == "zset" then
    return pcall("ZRANGE", key, 0, fetched - 1, "WITHSCORES")
  end
  return pcall("GET", key)
end

local function failed(reply)
  return type(reply) == "table" and reply.err ~= nil
end

for index = 2, #ARGV do
  local key = ARGV[index]
  local ttl = pcall("PTTL", key)
  local kind, value = guess, nil
  if failed(ttl) then
    kind, ttl = "elsewhere", -2
  elseif ttl == -2 then
    kind = "none"
  else
    value = read(kind, key)
    if failed(value) then
      kind = call("TYPE", key).ok
      if kind == "zset" or kind == "string" then
        guess = kind
        value = read(kind, key)
        if failed(value) then
          kind = "elsewhere"
        end
      end
    end
  end
  put(kind)
  put(ttl)
  if kind == "string" then
    put(value)
  elseif kind == "zset" then
    local size = #value / 2
    if size >= fetched then
      size = call("ZCARD", key)
    end
    local shown = math.min(#value / 2, most)
    put(size)
    put(shown)
    for member = 1, 2 * shown do
      put(value[member])
    end
  end
end
return out
