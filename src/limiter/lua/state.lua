-- state.lua: what every writer shares. It is put in front of acquire, acquire-all, renew and release when they are loaded.
-- One name has four keys under one hash tag:
--   leases  ZSET  lease id -> deadline, ms of this server's clock
--   meta    HASH  epoch seq card until ttl ttlEnd limit recover, and keep: the largest ttl since it was made
--   waiters ZSET  process -> until when its registration counts
--   turns   ZSET  process -> its place in the queue; the lowest is next

local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Reads one name and decides whether the server has lost data since the caller's last reply.
-- seen = { epoch ('' when too old to prove anything), seq, ttl (the largest that the caller knows), process }
local function open(leases, meta, waiters, turns, now, seen)
  local m = redis.call('HMGET', meta, 'epoch', 'seq', 'card', 'until', 'ttl', 'ttlEnd', 'limit', 'recover', 'keep')
  local s = {
    leases = leases, meta = meta, waiters = waiters, turns = turns, now = now, process = seen.process, was = m,
    epoch = m[1], seq = tonumber(m[2] or 0), card = redis.call('ZCARD', leases), till = tonumber(m[4] or 0),
    ttl = tonumber(m[5] or 0), ttlEnd = tonumber(m[6] or 0), limit = tonumber(m[7] or 0),
    recover = tonumber(m[8] or 0), keep = tonumber(m[9] or 0), pruned = 0, lost = 0, dirty = false,
  }
  if seen.seq - s.seq > 1e12 or seen.seq ~= math.floor(seen.seq) then
    return nil, redis.error_reply('LLMCTL absurd sequence number refused')
  end
  local lost = false
  if not s.epoch then
    lost = s.card > 0 or seen.epoch ~= ''
  elseif seen.epoch ~= '' and seen.epoch ~= s.epoch then
    -- While recovery runs, a client of the lost epoch tells nothing new, unless its leases may live longer.
    lost = now >= s.recover
    if not lost and seen.ttl > s.ttl then
      s.ttl, s.ttlEnd, s.recover, s.dirty = seen.ttl, now + seen.ttl, math.max(s.recover, now + seen.ttl), true
    end
  else
    lost = (seen.epoch ~= '' and seen.seq > s.seq) or (s.till > now and s.card ~= tonumber(m[3]))
  end
  s.seq = math.max(s.seq, seen.seq)
  return s, nil, lost
end

-- Never the same twice: which process made it, when, and after how many grants.
local function newEpoch(s)
  local t = redis.call('TIME')
  return string.format('%s-%s.%s.%.0f', s.process, t[1], t[2], s.seq)
end

-- Closes admission until every holder that the server forgot has come back or has stopped by its own clock.
local function recover(s, ttl)
  s.seq = s.seq + 1000000
  s.epoch = newEpoch(s)
  s.ttl = math.max(s.ttl, ttl)
  s.ttlEnd = s.now + s.ttl
  s.recover = math.max(s.recover, s.now + s.ttl)
  s.lost = 1
  s.dirty = true
end

local function prune(s)
  s.pruned = redis.call('ZREMRANGEBYSCORE', s.leases, '-inf', s.now)
  s.card = s.card - s.pruned
  if s.pruned > 0 then s.dirty = true end
end

-- Writes what has changed of meta; no expiry ever moves earlier, for keep, till and recover only grow.
local function save(s)
  if not s.epoch then s.epoch = newEpoch(s) end
  s.keep = math.max(s.keep, s.ttl)
  local args = { 'seq', s.seq, 'card', s.card, 'until', s.till }
  local was = s.was
  local function changed(field, value, before)
    if value ~= before then
      args[#args + 1] = field
      args[#args + 1] = value
    end
  end
  changed('epoch', s.epoch, was[1])
  changed('ttl', s.ttl, tonumber(was[5]))
  changed('ttlEnd', s.ttlEnd, tonumber(was[6]))
  changed('limit', s.limit, tonumber(was[7]))
  changed('recover', s.recover, tonumber(was[8]))
  changed('keep', s.keep, tonumber(was[9]))
  redis.call('HSET', s.meta, unpack(args))
  redis.call('PEXPIREAT', s.meta, math.max(s.till, s.recover) + 10 * s.keep)
end

-- Gives or renews `count` ids, from ids[first] on, for ttl ms. ZADD GT: a lease never ends before a deadline that it was given.
local function grant(s, ids, first, count, ttl)
  local deadline = s.now + ttl
  -- Written out once: Redis would write the number anew for each id.
  local text = string.format('%.0f', deadline)
  local args = {}
  for i = 0, count - 1 do
    args[2 * i + 1] = text
    args[2 * i + 2] = ids[first + i]
  end
  s.card = s.card + redis.call('ZADD', s.leases, 'GT', unpack(args))
  s.till = math.max(s.till, deadline)
  if ttl > s.ttl or s.now >= s.ttlEnd then
    s.ttl, s.ttlEnd = ttl, deadline
  elseif ttl == s.ttl and deadline > s.ttlEnd then
    -- A little ahead, so that it need not be written each time.
    s.ttlEnd = deadline + math.floor(ttl / 4)
  end
  redis.call('PEXPIREAT', s.leases, s.till + 1000)
end

-- How many processes wait besides this one, and this one's place (nil when it does not wait). Drops the dead.
local function queue(s)
  local count = redis.call('ZCARD', s.turns)
  if count == 0 then return 0, nil end
  local dead = redis.call('ZRANGEBYSCORE', s.waiters, '-inf', s.now, 'LIMIT', 0, 1000)
  if #dead > 0 then
    redis.call('ZREM', s.waiters, unpack(dead))
    count = count - redis.call('ZREM', s.turns, unpack(dead))
  end
  local place = redis.call('ZRANK', s.turns, s.process)
  return place and count - 1 or count, place or nil
end

-- The slots this process may take: one for each process ahead stays free; at its turn it takes one, and what is left after all others.
local function share(free, others, place)
  if others == 0 then return free end
  if not place then return free - others end
  if free <= place then return 0 end
  return 1 + math.max(0, free - 1 - others)
end

-- Tells the next waiters, one per free slot, that it is their turn. mode: 's' sharded publish, 'p' plain.
local function wake(s, free, mode)
  if free <= 0 then return end
  local channel = string.sub(s.leases, 1, -7) .. 'wake:'
  local command = mode == 's' and 'SPUBLISH' or 'PUBLISH'
  for _, process in ipairs(redis.call('ZRANGE', s.turns, 0, free - 1)) do
    -- pcall: a message that may not be sent costs a delay, never the script. A process needs no message from itself.
    if process ~= s.process then redis.pcall(command, channel .. process, '1') end
  end
end

local function leave(s)
  redis.call('ZREM', s.waiters, s.process)
  redis.call('ZREM', s.turns, s.process)
end

-- Joins the queue for `patience` ms, or says that it still waits. again: its turn is over, it goes to the end.
local function join(s, patience, again)
  redis.call('ZADD', s.waiters, s.now + patience, s.process)
  if again or not redis.call('ZSCORE', s.turns, s.process) then
    local last = redis.call('ZREVRANGE', s.turns, 0, 0, 'WITHSCORES')
    redis.call('ZADD', s.turns, (tonumber(last[2]) or 0) + 1, s.process)
  end
  local gone = math.max(patience + 1000, redis.call('PTTL', s.waiters))
  redis.call('PEXPIRE', s.waiters, gone)
  redis.call('PEXPIRE', s.turns, gone)
end

local function nearest(s)
  local first = redis.call('ZRANGE', s.leases, 0, 0, 'WITHSCORES')
  return tonumber(first[2] or 0)
end

local function reply(s, mask, extra)
  return { s.now, s.epoch or '', s.seq, s.card, s.recover, s.ttl, s.pruned, s.lost, extra, mask }
end
