-- read-many: many keys of one server at one instant. Writes nothing.
-- The keys are arguments, not KEYS: so a user that may only read can run it, and on a Cluster one call can read keys of several slots of that
-- node. Where a server does not allow that, or a key is on its way to another node, the answer for it is 'elsewhere': read it by itself.
-- KEYS none
-- ARGV[1] how many members of a sorted set to return at most, oldest first; ARGV[2…] the keys
-- returns JSON, for a long text is read much faster than as many replies:
--   [ Redis TIME in ms, then for each key: type, ttl in ms, and
--     of a string its value; of a sorted set its size, how many members follow, member, score, ...; of other types nothing ]
local call, pcall, byte = redis.call, redis.pcall, string.byte
local time = call("TIME")
local out = { time[1] * 1000 + math.floor(time[2] / 1000) }
local at = 1
local most = tonumber(ARGV[1])
-- A small set is read whole: that tells its size without another call.
local fetched = math.max(most, 16)
local last = fetched - 1
-- Most counters of one Redis have the same type: it is tried before TYPE is asked, until it was wrong twice running.
local guess, misses = "zset", 0
local LAST_OF_REQUEST_COUNT = byte("t")

local function failed(reply)
  return type(reply) == "table" and reply.err ~= nil
end

local function read(kind, key)
  if kind == "zset" then
    return pcall("ZRANGE", key, 0, last, "WITHSCORES")
  end
  return pcall("GET", key)
end

for index = 2, #ARGV do
  local key = ARGV[index]
  local ttl = pcall("PTTL", key)
  local kind, value
  if failed(ttl) then
    kind, ttl = "elsewhere", -2
  elseif ttl == -2 then
    kind = "none"
  else
    -- The counter of a minute is always a string.
    kind = byte(key, -1) == LAST_OF_REQUEST_COUNT and "string" or guess
    value = read(kind, key)
    if failed(value) then
      kind = call("TYPE", key).ok
      misses = misses + 1
      if kind == "zset" or kind == "string" then
        if misses > 1 then
          guess = kind
        end
        value = read(kind, key)
        if failed(value) then
          kind = "elsewhere"
        end
      end
    else
      misses = 0
    end
  end
  out[at + 1], out[at + 2] = kind, ttl
  at = at + 2
  if kind == "string" then
    at = at + 1
    out[at] = value
  elseif kind == "zset" then
    local size = #value / 2
    if size >= fetched then
      size = call("ZCARD", key)
    end
    local shown = math.min(#value / 2, most)
    out[at + 1], out[at + 2] = size, shown
    at = at + 2
    for member = 1, 2 * shown do
      at = at + 1
      out[at] = value[member]
    end
  end
end
return cjson.encode(out)
