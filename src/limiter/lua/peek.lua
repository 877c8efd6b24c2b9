-- peek.lua: looks and writes nothing.
-- KEYS: leases meta
-- ARGV: processes (1: name the processes among the first 1,000 leases)
-- Returns now, epoch, seq, held, recover, ttl, limit, oldest deadline, processes.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local m = redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'recover', 'ttl', 'limit')
local first = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
local processes, known = {}, {}
if ARGV[1] == '1' then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, 999)) do
    local process = string.match(id, '^(.*)%.') or id
    if not known[process] then
      known[process] = true
      processes[#processes + 1] = process
    end
  end
end
return {
  now, m[1] or '', tonumber(m[2] or 0), redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf'), tonumber(m[3] or 0),
  tonumber(m[4] or 0), tonumber(m[5] or 0), tonumber(first[2] or 0), processes,
}
