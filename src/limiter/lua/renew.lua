-- renew.lua: moves the deadlines of ids that are there. An id that is gone though its deadline lies ahead proves that the server lost data;
-- while recovery runs such ids are put back, past the limit if need be, for their holders are real.
-- KEYS: leases meta waiters turns
-- ARGV: ttl ms, seen epoch, seen seq, seen ttl, process, then for each lease: id, deadline ms of this server's clock
-- Returns now, epoch, seq, held, recover, ttl, pruned, lost, put back, mask (1 renewed or put back, 0 gone).
local now = clock()
local ttl = tonumber(ARGV[1])
local seenTtl = math.max(tonumber(ARGV[4]), ttl)
local s, refusal, lost = open(KEYS[1], KEYS[2], KEYS[3], KEYS[4], now,
  { epoch = ARGV[2], seq = tonumber(ARGV[3]), ttl = seenTtl, process = ARGV[5] })
if refusal then return refusal end
-- Redis looks for free memory before a script's first write only, and not before one that cannot grow. So a full memory ends no lease;
-- acquire has its prune for that.
redis.call('ZREM', s.leases, '')

local ids = {}
for i = 6, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
local there = redis.call('ZMSCORE', s.leases, unpack(ids))
for i = 1, #ids do
  if not there[i] and tonumber(ARGV[5 + 2 * i]) > now and now >= s.recover then lost = true end
end
if lost then recover(s, seenTtl) end

local kept, mask, back = {}, {}, 0
for i = 1, #ids do
  if there[i] then
    kept[#kept + 1] = ids[i]
    mask[i] = '1'
  elseif tonumber(ARGV[5 + 2 * i]) > now then
    -- Its absence has opened recovery, if that was not open before.
    kept[#kept + 1] = ids[i]
    mask[i] = '1'
    back = back + 1
  else
    mask[i] = '0'
  end
end
if #kept > 0 then
  -- A lost renewal is a lost write like a lost grant, so it is counted too.
  s.seq = s.seq + 1
  grant(s, kept, 1, #kept, ttl)
  s.dirty = true
end
if s.dirty then save(s) end
return reply(s, table.concat(mask), back)
