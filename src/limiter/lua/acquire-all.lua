-- acquire-all.lua: one slot under each of several names, or none at all. Names of different hash tags: not in a Cluster.
-- KEYS: leases meta waiters turns, for each name
-- ARGV: ttl ms, process, then for each name: limit, seen epoch, seen seq, seen ttl, id
-- Returns, for each name, what acquire returns; mask '1' everywhere when all were granted, else '0' for the names that are full.
local now = clock()
local ttl, process = tonumber(ARGV[1]), ARGV[2]
local states, full = {}, {}
local all = true
for n = 1, #KEYS / 4 do
  local a, k = 2 + 5 * (n - 1), 4 * (n - 1)
  local seenTtl = math.max(tonumber(ARGV[a + 4]), ttl)
  local s, refusal, lost = open(KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], KEYS[k + 4], now,
    { epoch = ARGV[a + 2], seq = tonumber(ARGV[a + 3]), ttl = seenTtl, process = process })
  if refusal then return refusal end
  s.id, s.wanted = ARGV[a + 5], tonumber(ARGV[a + 1])
  if lost then recover(s, seenTtl) end
  states[n] = s
end
for n, s in ipairs(states) do
  prune(s)
  local room = now >= s.recover and share(s.wanted - s.card, queue(s)) or 0
  full[n] = room < 1 and not redis.call('ZSCORE', s.leases, s.id)
  if full[n] then all = false end
end
local replies = {}
for n, s in ipairs(states) do
  if all then
    s.seq = s.seq + 1
    s.limit = s.wanted
    grant(s, { s.id }, 1, 1, ttl)
    s.dirty = true
  end
  if s.dirty then save(s) end
  replies[n] = reply(s, full[n] and '0' or '1', full[n] and nearest(s) or 0)
end
return replies
