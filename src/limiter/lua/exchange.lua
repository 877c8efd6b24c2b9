-- exchange.lua: the calls of one turn; lean.lua, in front of it, has answered the names for which that was enough. For each name it takes
-- released ids out and then gives as many of the wanted ids a slot as the limit leaves, in the order given. A refusal writes nothing but the
-- prune and the caller's place among the waiters.
-- KEYS: leases meta, for each name
-- ARGV: token, ttl ms, process, mode (s|p), patience ms; then for each name a shape, when ids are wanted limit, seen epoch and seen seq, then
--   released id..., wanted id...
-- A shape is r (one is released), a (one is wanted), x (both), with nothing special about it, or six numbers: waiting (the first so many wanted ids wait if refused), leave (1: this process waits no longer), buried (the first so
--   many released ids have been renewed), number released, number wanted, seen ttl.
-- Returns token, now, then for each name: how many of the released were there when nothing was wanted; else { seq, held } when all is as the
--   caller knew it and everything was granted; else epoch, seq, held, recover, ttl, pruned, lost, nearest deadline (0 when all were granted),
--   mask ('' all granted, else 1 or 0 an id); or an error.
-- An id that is there already is a retry: it counts as granted, holds one slot and starts its ttl again.
local mode, patience = ARGV[4], tonumber(ARGV[5])

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

for _, one in ipairs(slow) do
  local k, a, n = one[1], one[2], one[3]
  local waiting, left, buried, released, wanted, seenTtl = unpack(one[4])
  local first = a + (wanted > 0 and 4 or 1)
  seenTtl = math.max(seenTtl, ttl)
  local s = read(KEYS[k], KEYS[k + 1])
  local removed = release(s, first, released, buried)
  if left == 1 then leave(s, process) end
  local refusal, lost
  if wanted > 0 then
    refusal, lost = compare(s, { epoch = ARGV[a + 2], seq = tonumber(ARGV[a + 3]), ttl = seenTtl })
  end
  if wanted > 0 and not refusal then
    if lost then recover(s, seenTtl, process) end
    if removed > 0 then s.dirty = true end
    replies[n] = acquire(s, tonumber(ARGV[a + 1]), waiting, first + released, wanted)
  else
    if removed > 0 and s.was[3] then redis.call('HSET', s.meta, 'card', s.expected) end
    look(s, process)
    if now >= s.recover and #s.waiting > 0 then
      wake(s, s.missing + redis.call('ZCOUNT', s.leases, '(' .. now, '+inf'), mode, 0)
    end
    replies[n] = refusal or removed
  end
end
return replies
