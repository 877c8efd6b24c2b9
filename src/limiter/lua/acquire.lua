-- acquire.lua: gives as many of the ids a slot as the limit leaves, in the order given. A refusal writes nothing but the prune and the
-- caller's place among the waiters.
-- KEYS: leases meta waiters turns
-- ARGV: limit, ttl ms, seen epoch, seen seq, seen ttl, process, mode (s|p), patience ms, waiting (the first so many ids wait if refused), id...
-- Returns now, epoch, seq, held, recover, ttl, pruned, lost, nearest deadline (0 when all were granted), mask ('' all granted, else 1 or 0 an id).
-- An id that is there already is a retry: it counts as granted, holds one slot and starts its ttl again.
local now = clock()
local limit, ttl, waiting = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[9])
local s, refusal, lost = open(KEYS[1], KEYS[2], KEYS[3], KEYS[4], now,
  { epoch = ARGV[3], seq = tonumber(ARGV[4]), ttl = math.max(tonumber(ARGV[5]), ttl), process = ARGV[6] })
if refusal then return refusal end
if lost then recover(s, math.max(tonumber(ARGV[5]), ttl)) end
prune(s)

local others, place = queue(s)
local open_ = now >= s.recover
local room = open_ and share(limit - s.card, others, place) or 0
local total = #ARGV - 9
local granted, mask, refusedWaiters = 0, {}, 0
if room >= total then
  granted = total
  grant(s, ARGV, 10, total, ttl)
else
  local there, chosen = redis.call('ZMSCORE', s.leases, unpack(ARGV, 10)), {}
  for i = 1, total do
    if there[i] or room > 0 then
      if not there[i] then room = room - 1 end
      granted = granted + 1
      chosen[granted] = ARGV[9 + i]
      mask[i] = '1'
    else
      mask[i] = '0'
      if i <= waiting then refusedWaiters = refusedWaiters + 1 end
    end
  end
  if granted > 0 then grant(s, chosen, 1, granted, ttl) end
end
if granted > 0 then
  s.seq = s.seq + granted
  s.dirty = true
end
if s.dirty then
  s.limit = limit
  save(s)
end

if refusedWaiters > 0 then
  join(s, tonumber(ARGV[8]), granted > 0)
elseif waiting > 0 and place then
  leave(s)
end
if others > 0 and open_ then wake(s, limit - s.card, ARGV[7]) end
return reply(s, table.concat(mask), granted < total and nearest(s) or 0)
