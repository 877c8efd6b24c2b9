-- state.lua: what every writer shares. It is put, after clock.lua, in front of exchange, acquire-all and renew when they are loaded.
-- One name has these keys under one hash tag:
--   leases  ZSET  lease id -> deadline, ms of this server's clock
--   meta    HASH  epoch seq card until ttl ttlEnd limit recover
--                 keep: the largest ttl since it was made · due: no lease ends before · queue: 0 when no process waits
--                 calm: the epoch, limit and ttl of callers for whom lean.lua is enough; else empty
--                 missing missingEnd: leases that were removed by hand, whose slots stay taken until their holders have stopped
--   waiters ZSET  process -> until when its registration counts
--   turns   ZSET  process -> its place in the queue; the lowest is next
--   limits  HASH  process -> the limit under which it waits
--   gone    ZSET  lease id that was released after a renewal -> until when a renewal of it may still arrive
-- The caller passes the first two; the others are needed only when processes wait or renewals run late.
local function read(leases, meta)
  local m = redis.call('HMGET', meta, 'epoch', 'seq', 'card', 'until', 'ttl', 'ttlEnd', 'limit', 'recover', 'keep',
    'due', 'queue', 'missing', 'missingEnd', 'calm')
  local base = string.sub(leases, 1, -7)
  local s = {
    leases = leases, meta = meta, waiters = base .. 'waiters', turns = base .. 'turns', limits = base .. 'limits',
    gone = base .. 'gone', channel = base .. 'wake:', was = m,
    epoch = m[1], seq = tonumber(m[2] or 0), expected = tonumber(m[3] or 0), card = redis.call('ZCARD', leases),
    till = tonumber(m[4] or 0), ttl = tonumber(m[5] or 0), ttlEnd = tonumber(m[6] or 0), limit = tonumber(m[7] or 0),
    recover = tonumber(m[8] or 0), keep = tonumber(m[9] or 0), due = tonumber(m[10] or 0), queue = m[11],
    missing = tonumber(m[12] or 0), missingEnd = tonumber(m[13] or 0),
    others = 0, waiting = {}, pruned = 0, lost = 0, dirty = false,
  }
  if now >= s.missingEnd then s.missing = 0 end
  return s
end

-- Decides whether the server has lost data since the caller's last reply; returns an error, or nil and the answer.
-- seen = { epoch ('' when too old to prove anything), seq, ttl (the largest that the caller knows) }
local function compare(s, seen)
  -- Microseconds reach this in the year 2112: no number of ours is larger.
  if seen.seq > 4.5e15 or seen.seq ~= math.floor(seen.seq) then
    return redis.error_reply('LLMCTL absurd sequence number refused')
  end
  local lost = false
  if not s.epoch then
    lost = s.card > 0 or seen.epoch ~= ''
    -- Above every number given before, by a server that has forgotten it all.
    s.seq = micros
  elseif seen.epoch ~= '' and seen.epoch ~= s.epoch then
    -- While recovery runs, a client of the lost epoch tells nothing new, unless its leases may live longer.
    lost = now >= s.recover
    if not lost and seen.ttl > s.ttl then
      s.ttl, s.ttlEnd, s.recover, s.dirty = seen.ttl, now + seen.ttl, math.max(s.recover, now + seen.ttl), true
    end
  elseif seen.epoch ~= '' and seen.seq > s.seq then
    lost = true
  elseif s.till > now and s.card ~= s.expected then
    -- Some members are gone and nothing else is: an operator removed them. Their holders may still be at work.
    lost = s.card == 0 or s.card > s.expected
    if not lost then
      s.missing = s.missing + s.expected - s.card
      s.missingEnd = math.max(s.missingEnd, math.min(s.till, now + s.ttl))
      s.dirty = true
    end
  end
  s.seq = math.max(s.seq, seen.seq)
  return nil, lost
end

-- Never the same twice: which process made it, when, and after how many grants.
local function newEpoch(s, process)
  return string.format('%s-%s.%s.%.0f', process, t[1], t[2], s.seq)
end

-- Closes admission until every holder that the server forgot has come back or has stopped by its own clock.
local function recover(s, ttl, process)
  s.seq = math.max(s.seq + 1000000, micros)
  s.epoch = newEpoch(s, process)
  s.ttl = math.max(s.ttl, ttl)
  s.ttlEnd = now + s.ttl
  s.recover = math.max(s.recover, now + s.ttl)
  s.missing = 0
  s.lost = 1
  s.dirty = true
end

local function prune(s)
  s.pruned = redis.call('ZREMRANGEBYSCORE', s.leases, '-inf', now)
  s.card = s.card - s.pruned
  if s.pruned > 0 then s.dirty = true end
end

local function nearest(s)
  local first = redis.call('ZRANGE', s.leases, 0, 0, 'WITHSCORES')
  return tonumber(first[2] or s.missing > 0 and s.missingEnd or 0)
end

-- Writes what has changed of meta; no expiry ever moves earlier, for keep, till and recover only grow.
local function save(s, process)
  if not s.epoch then s.epoch = newEpoch(s, process) end
  s.keep = math.max(s.keep, s.ttl)
  if s.due <= now then s.due = nearest(s) end
  local args = { 'seq', string.format('%.0f', s.seq), 'card', s.card }
  local was = s.was
  local function changed(field, value, before)
    if value ~= before then
      args[#args + 1] = field
      args[#args + 1] = value
    end
  end
  changed('epoch', s.epoch, was[1])
  changed('until', s.till, tonumber(was[4]))
  changed('ttl', s.ttl, tonumber(was[5]))
  changed('ttlEnd', s.ttlEnd, tonumber(was[6]))
  changed('limit', s.limit, tonumber(was[7]))
  changed('recover', s.recover, tonumber(was[8]))
  changed('keep', s.keep, tonumber(was[9]))
  changed('due', s.due, tonumber(was[10]))
  changed('queue', s.queue or '1', was[11])
  local calm = s.queue == '0' and s.missing == 0 and now >= s.recover and s.till == s.ttlEnd
  changed('calm', calm and string.format('%s %.0f %.0f', s.epoch, s.limit, s.ttl) or '', was[14])
  changed('missing', s.missing, tonumber(was[12] or 0))
  changed('missingEnd', s.missingEnd, tonumber(was[13] or 0))
  redis.call('HSET', s.meta, unpack(args))
  redis.call('PEXPIREAT', s.meta, math.max(s.till, s.recover) + 10 * s.keep)
end

-- Gives or renews `count` ids, from ids[first] on, for ttl ms. ZADD GT: a lease never ends before a deadline that it was given.
local function grant(s, ids, first, count, ttl)
  local deadline = now + ttl
  -- Written out once: Redis would write the number anew for each id.
  local text = string.format('%.0f', deadline)
  local args = {}
  for i = 0, count - 1 do
    args[2 * i + 1] = text
    args[2 * i + 2] = ids[first + i]
  end
  if s.card == 0 or deadline < s.due then s.due = deadline end
  s.card = s.card + redis.call('ZADD', s.leases, 'GT', unpack(args))
  -- A little ahead, so that neither these nor the expiries need be written each time.
  if ttl > s.ttl or now >= s.ttlEnd or (ttl == s.ttl and deadline > s.ttlEnd) then
    s.ttl, s.ttlEnd = ttl, deadline + math.floor(ttl / 4)
  end
  s.till = math.max(s.till, deadline, s.ttlEnd)
  redis.call('PEXPIREAT', s.leases, s.till + 1000)
  s.dirty = true
end

-- Finds the processes that wait besides `process`, and its own place among those that could take a slot. Drops the dead.
local function look(s, process)
  if s.queue == '0' then return end
  local dead = redis.call('ZRANGEBYSCORE', s.waiters, '-inf', now, 'LIMIT', 0, 1000)
  if #dead > 0 then
    redis.call('ZREM', s.waiters, unpack(dead))
    redis.call('ZREM', s.turns, unpack(dead))
    redis.call('HDEL', s.limits, unpack(dead))
  end
  local list = redis.call('ZRANGE', s.turns, 0, 255)
  if #list == 0 then
    s.queue = '0'
    return
  end
  s.queue = '1'
  local limits = redis.call('HMGET', s.limits, unpack(list))
  local taken = s.card + s.missing
  for i, other in ipairs(list) do
    if other == process then
      s.place = s.others
    else
      local limit = tonumber(limits[i] or s.limit)
      s.waiting[#s.waiting + 1] = { other, limit }
      -- Under a lower limit it could take no slot now, so none is kept for it.
      if limit > taken then s.others = s.others + 1 end
    end
  end
  if #list == 256 then
    s.others = s.others + redis.call('ZCARD', s.turns) - 256
    s.place = s.place or redis.call('ZRANK', s.turns, process) or nil
  end
end

-- The slots this process may take: one for each process ahead stays free; at its turn it takes one, and what is left after all others.
local function share(s, free)
  if s.others == 0 then return free end
  if not s.place then return free - s.others end
  if free <= s.place then return 0 end
  return 1 + math.max(0, free - 1 - s.others)
end

-- Tells the next waiters, one per free slot, that it is their turn. mode: 's' sharded publish, 'p' plain. limit: one that has just been
-- raised, of which the waiters may not know; else 0.
local function wake(s, held, mode, limit)
  local command = mode == 's' and 'SPUBLISH' or 'PUBLISH'
  for _, other in ipairs(s.waiting) do
    if math.max(other[2], limit) > held then
      held = held + 1
      -- pcall: a message that may not be sent costs a delay, never the script.
      redis.pcall(command, s.channel .. other[1], '1')
    end
  end
end

local function leave(s, process)
  redis.call('ZREM', s.waiters, process)
  redis.call('ZREM', s.turns, process)
  redis.call('HDEL', s.limits, process)
end

-- Joins the queue for `patience` ms, or says that it still waits. again: its turn is over, it goes to the end.
local function join(s, process, limit, patience, again)
  redis.call('ZADD', s.waiters, now + patience, process)
  redis.call('HSET', s.limits, process, limit)
  if again or not redis.call('ZSCORE', s.turns, process) then
    local last = redis.call('ZREVRANGE', s.turns, 0, 0, 'WITHSCORES')
    redis.call('ZADD', s.turns, (tonumber(last[2]) or 0) + 1, process)
  end
  local ends = math.max(patience + 1000, redis.call('PTTL', s.waiters))
  for _, key in ipairs({ s.waiters, s.turns, s.limits }) do redis.call('PEXPIRE', key, ends) end
  -- Only where meta is there: it must not be made without an expiry.
  if s.epoch then redis.call('HSET', s.meta, 'queue', '1', 'calm', '') end
  s.queue = '1'
end

local function reply(s, mask, extra)
  return { s.epoch or '', s.seq, s.card, s.recover, s.ttl, s.pruned, s.lost, extra, mask }
end
