-- renew.lua: moves the deadlines of ids that are there. An id that is gone though its deadline lies ahead, and that was neither released nor
-- removed by hand, proves that the server lost data; while recovery runs such ids are put back, past the limit if need be, for their holders
-- are real.
-- KEYS: leases meta
-- ARGV: token, ttl ms, process, seen epoch, seen seq, seen ttl, then for each lease: id, deadline ms of this server's clock
-- Returns token, now, { epoch, seq, held, recover, ttl, pruned, lost, put back, mask (1 renewed or put back, 0 gone) }, or an error in its place.
local ttl, process = tonumber(ARGV[2]), ARGV[3]
local seenTtl = math.max(tonumber(ARGV[6]), ttl)
local s = read(KEYS[1], KEYS[2])
local refusal, lost = compare(s, { epoch = ARGV[4], seq = tonumber(ARGV[5]), ttl = seenTtl })
if refusal then return { ARGV[1], now, refusal } end
-- Redis looks for free memory before a script's first write only, and not before one that cannot grow. So a full memory ends no lease;
-- exchange does the same.
redis.call('ZREM', s.leases, '')

local ids, ahead = {}, {}
for i = 7, #ARGV, 2 do
  ids[#ids + 1] = ARGV[i]
  ahead[#ids] = tonumber(ARGV[i + 1]) > now
end
local there = redis.call('ZMSCORE', s.leases, unpack(ids))
for i, id in ipairs(ids) do
  if not there[i] and ahead[i] then
    -- Released, and this renewal was late: on its way when the release overtook it.
    if redis.call('ZSCORE', s.gone, id) then
      ahead[i] = false
    elseif now >= s.recover and not lost then
      if s.missing > 0 then ahead[i] = false else lost = true end
    end
  end
end
if lost then recover(s, seenTtl, process) end

local kept, mask, back = {}, {}, 0
for i, id in ipairs(ids) do
  mask[i] = '0'
  if there[i] or ahead[i] then
    kept[#kept + 1] = id
    mask[i] = '1'
    if not there[i] then back = back + 1 end
  end
end
if #kept > 0 then
  -- A lost renewal is a lost write like a lost grant, so it is counted too.
  s.seq = s.seq + 1
  grant(s, kept, 1, #kept, ttl)
end
if s.dirty then save(s, process) end
return { ARGV[1], now, reply(s, table.concat(mask), back) }
