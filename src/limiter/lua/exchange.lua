-- exchange.lua: the calls of one turn. For each name it takes released ids out and then gives as many of the wanted ids a slot as the limit
-- leaves, in the order given. A refusal writes nothing but the prune and the caller's place among the waiters.
-- KEYS: leases meta, for each name
-- ARGV: token, ttl ms, process, mode (s|p), patience ms; then for each name: limit, waiting (the first so many wanted ids wait if refused),
--   seen epoch, seen seq, seen ttl, leave (1: this process waits no longer), buried (the first so many released ids have been renewed),
--   number released, number wanted, released id..., wanted id...
-- Returns token, now, then for each name: how many of the released were there when nothing was wanted; else epoch, seq, held, recover, ttl,
-- pruned, lost, nearest deadline (0 when all were granted), mask ('' all granted, else 1 or 0 an id); or an error.
-- An id that is there already is a retry: it counts as granted, holds one slot and starts its ttl again.
local ttl, process, mode, patience = tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])

-- Ids that are gone are no error.
local function release(s, first, count, buried)
  if count == 0 then return 0 end
  local removed = redis.call('ZREM', s.leases, unpack(ARGV, first, first + count - 1))
  s.card = s.card - removed
  -- Counted down, not set to what is there: a loss that happened before stays visible.
  s.expected = s.expected - removed
  if buried > 0 then
    local keep = math.max(ttl, s.ttl)
    redis.call('ZREMRANGEBYSCORE', s.gone, '-inf', now)
    for i = first, first + buried - 1 do redis.call('ZADD', s.gone, now + keep, ARGV[i]) end
    redis.call('PEXPIRE', s.gone, math.max(keep + 1000, redis.call('PTTL', s.gone)))
  end
  return removed
end

local function acquire(s, limit, waiting, first, count)
  prune(s)
  look(s, process)
  local open = now >= s.recover
  local room = open and share(s, limit - s.card - s.missing) or 0
  local raised = limit > s.limit and s.limit > 0
  local granted, mask, refusedWaiters = 0, {}, 0
  if room >= count then
    granted = count
    grant(s, ARGV, first, count, ttl)
  else
    local there, chosen = redis.call('ZMSCORE', s.leases, unpack(ARGV, first, first + count - 1)), {}
    for i = 1, count do
      if there[i] or room > 0 then
        if not there[i] then room = room - 1 end
        granted = granted + 1
        chosen[granted] = ARGV[first + i - 1]
        mask[i] = '1'
      else
        mask[i] = '0'
        if i <= waiting then refusedWaiters = refusedWaiters + 1 end
      end
    end
    if granted > 0 then grant(s, chosen, 1, granted, ttl) end
  end
  if granted > 0 then s.seq = s.seq + granted end
  if s.dirty then
    s.limit = limit
    save(s, process)
  end
  if refusedWaiters > 0 then
    join(s, process, limit, patience, granted > 0)
  elseif waiting > 0 and s.place then
    leave(s, process)
  end
  if open then wake(s, s.card + s.missing, mode, raised and limit or 0) end
  return reply(s, table.concat(mask), granted < count and nearest(s) or 0)
end

-- Redis looks for free memory before a script's first write only, and not before one that cannot grow: so a full memory ends no lease.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '-inf')
local replies, a = { ARGV[1], now }, 6
for k = 1, #KEYS, 2 do
  local limit, waiting, seenTtl = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), math.max(tonumber(ARGV[a + 4]), ttl)
  local buried, released, wanted = tonumber(ARGV[a + 6]), tonumber(ARGV[a + 7]), tonumber(ARGV[a + 8])
  local s = read(KEYS[k], KEYS[k + 1])
  local removed = release(s, a + 9, released, buried)
  if ARGV[a + 5] == '1' then leave(s, process) end
  if wanted > 0 then
    local refusal, lost = compare(s, { epoch = ARGV[a + 2], seq = tonumber(ARGV[a + 3]), ttl = seenTtl })
    if refusal then
      if removed > 0 and s.was[3] then redis.call('HSET', s.meta, 'card', s.expected) end
      replies[#replies + 1] = refusal
    else
      if lost then recover(s, seenTtl, process) end
      if removed > 0 then s.dirty = true end
      replies[#replies + 1] = acquire(s, limit, waiting, a + 9 + released, wanted)
    end
  else
    if removed > 0 and s.was[3] then redis.call('HSET', s.meta, 'card', s.expected) end
    look(s, process)
    if now >= s.recover and #s.waiting > 0 then
      wake(s, s.missing + redis.call('ZCOUNT', s.leases, '(' .. now, '+inf'), mode, 0)
    end
    replies[#replies + 1] = removed
  end
  a = a + 9 + released + wanted
end
return replies
