-- remove-unchanged: deletes keys that are all still exactly as they were read, or none of them.
-- KEYS[1...] keys of one hash slot
-- ARGV[1...] for each key in turn: its type, how many words follow, and these: the value of a string, or member, score, ... of a sorted set
-- returns { 1, keys deleted } or { 0, the key that has changed }
local at = 1
for _, key in ipairs(KEYS) do
  local kind, count = ARGV[at], tonumber(ARGV[at + 1])
  if redis.call("TYPE", key).ok ~= kind then
    return { 0, key }
  end
  if kind == "string" and redis.call("GET", key) ~= ARGV[at + 2] then
    return { 0, key }
  end
  if kind == "zset" then
    local members = redis.call("ZRANGE", key, 0, -1, "WITHSCORES")
    if #members ~= count then
      return { 0, key }
    end
    for step = 1, count, 2 do
      local member, score = ARGV[at + 1 + step], ARGV[at + 2 + step]
      if members[step] ~= member or tonumber(members[step + 1]) ~= tonumber(score) then
        return { 0, key }
      end
    end
  end
  at = at + 2 + count
end
for _, key in ipairs(KEYS) do
  redis.call("DEL", key)
end
return { 1, #KEYS }
