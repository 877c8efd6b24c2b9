-- release.lua: takes ids out and wakes one waiter for each slot that is free. Ids that are gone are no error.
-- KEYS: leases meta waiters turns
-- ARGV: process, mode (s|p), leave (1: this process waits no longer), id...
-- Returns now, how many ids were there.
local now = clock()
local s = { leases = KEYS[1], meta = KEYS[2], waiters = KEYS[3], turns = KEYS[4], now = now, process = ARGV[1] }
local removed = 0
if #ARGV > 3 then removed = redis.call('ZREM', s.leases, unpack(ARGV, 4)) end
-- Counted down, not set to ZCARD: a loss that happened before stays visible to the next acquire.
if removed > 0 and redis.call('HEXISTS', s.meta, 'card') == 1 then redis.call('HINCRBY', s.meta, 'card', -removed) end
if ARGV[3] == '1' then leave(s) end
if queue(s) > 0 then
  local m = redis.call('HMGET', s.meta, 'limit', 'recover')
  if now >= tonumber(m[2] or 0) then
    local free = tonumber(m[1] or 0) - redis.call('ZCOUNT', s.leases, '(' .. now, '+inf')
    wake(s, free, ARGV[2])
  end
end
return { now, removed }
