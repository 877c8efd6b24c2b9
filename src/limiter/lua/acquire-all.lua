-- acquire-all.lua: one slot under each of several names, or none at all. Names of different hash tags: not in a Cluster.
-- KEYS: leases meta, for each name
-- ARGV: token, ttl ms, process, then for each name: limit, seen epoch, seen seq, seen ttl, id
-- Returns token, now, then for each name what exchange returns; mask '1' everywhere when all were granted, else '0' for the names that are full.
local ttl, process = tonumber(ARGV[2]), ARGV[3]
local states, full = {}, {}
local all = true
for n = 1, #KEYS / 2 do
  local a = 4 + 5 * (n - 1)
  local seenTtl = math.max(tonumber(ARGV[a + 3]), ttl)
  local s = read(KEYS[2 * n - 1], KEYS[2 * n])
  local refusal, lost = compare(s, { epoch = ARGV[a + 1], seq = tonumber(ARGV[a + 2]), ttl = seenTtl })
  if refusal then return refusal end
  s.id, s.wanted = ARGV[a + 4], tonumber(ARGV[a])
  if lost then recover(s, seenTtl, process) end
  states[n] = s
end
for n, s in ipairs(states) do
  prune(s)
  look(s, process)
  local room = now >= s.recover and share(s, s.wanted - s.card - s.missing) or 0
  full[n] = room < 1 and not redis.call('ZSCORE', s.leases, s.id)
  if full[n] then all = false end
end
local replies = { ARGV[1], now }
for n, s in ipairs(states) do
  if all then
    s.seq = s.seq + 1
    s.limit = s.wanted
    grant(s, { s.id }, 1, 1, ttl)
  end
  if s.dirty then save(s, process) end
  replies[#replies + 1] = reply(s, full[n] and '0' or '1', full[n] and nearest(s) or 0)
end
return replies
