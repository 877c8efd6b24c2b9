-- peek.lua: looks and writes nothing.
-- KEYS: leases meta
-- ARGV: token, list (1: name the first 1,000 leases)
-- Returns token, now, { epoch, seq, held, recover, ttl, limit, oldest deadline, id, deadline, id, deadline... }.
local m = redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'recover', 'ttl', 'limit')
local first = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
local view = {
  m[1] or '', tonumber(m[2] or 0), redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf'), tonumber(m[3] or 0),
  tonumber(m[4] or 0), tonumber(m[5] or 0), tonumber(first[2] or 0),
}
if ARGV[2] == '1' then
  for i, value in ipairs(redis.call('ZRANGE', KEYS[1], 0, 999, 'WITHSCORES')) do
    view[#view + 1] = i % 2 == 0 and tonumber(value) or value
  end
end
return { ARGV[1], now, view }
