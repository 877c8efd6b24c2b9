-- lean.lua: exchange in its everyday case, without the functions of state.lua, which cost more to make than all this does. A name is left to
-- them (`slow`) unless nothing is special about it: no process waits, nothing was lost, nothing is due, the caller's knowledge, limit and ttl
-- are those in force, and there is room before anything is released.
local call, ttl, process = redis.call, tonumber(ARGV[2]), ARGV[3]
-- Redis looks for free memory before a script's first write only, and not before one that cannot grow: so a full memory ends no lease.
call('HDEL', KEYS[2], '')
local deadline = now + ttl
local basis = ' ' .. ARGV[2]
local replies, slow, a, n = { ARGV[1], now }, nil, 6, 2
for k = 1, #KEYS, 2 do
  local leases, meta, shape, parts = KEYS[k], KEYS[k + 1], ARGV[a], nil
  local released, wanted, usual = 1, 1, true
  if shape == 'r' then
    wanted = 0
  elseif shape == 'a' then
    released = 0
  elseif shape ~= 'x' then
    parts = {}
    for number in string.gmatch(shape, '%d+') do parts[#parts + 1] = tonumber(number) end
    released, wanted, usual = parts[4], parts[5], parts[2] == 0 and parts[3] == 0
  end
  local first = wanted > 0 and a + 4 or a + 1
  n = n + 1
  if usual and wanted == 0 then
    local m = call('HMGET', meta, 'calm', 'card')
    usual = m[1] and m[1] ~= ''
    if usual then
      local removed = call('ZREM', leases, unpack(ARGV, first, first + released - 1))
      -- Counted down, not set to what is there: a loss that happened before stays visible.
      if removed > 0 then call('HSET', meta, 'card', m[2] - removed) end
      replies[n] = removed
    end
  elseif usual then
    local m = call('HMGET', meta, 'calm', 'seq', 'card', 'ttlEnd', 'due', 'epoch')
    usual = m[6] == ARGV[a + 2] and m[1] == m[6] .. ' ' .. ARGV[a + 1] .. basis
    if usual then
      local card, seq, due = call('ZCARD', leases), tonumber(m[2]), tonumber(m[5])
      usual = card == tonumber(m[3]) and (card == 0 or now < due) and deadline >= due and deadline <= tonumber(m[4])
        and seq >= tonumber(ARGV[a + 3]) and ARGV[a + 1] - card >= wanted
      if usual then
        seq = seq + wanted
        local number, after = string.format('%.0f', seq), card
        -- ZADD GT: a lease never ends before a deadline that it was given.
        if wanted == 1 then
          after = card + call('ZADD', leases, 'GT', deadline, ARGV[first + released])
        else
          -- Written out once: Redis would write the number anew for each id.
          local text, args = string.format('%.0f', deadline), {}
          for i = 0, wanted - 1 do
            args[2 * i + 1] = text
            args[2 * i + 2] = ARGV[first + released + i]
          end
          after = card + call('ZADD', leases, 'GT', unpack(args))
        end
        if released > 0 then after = after - call('ZREM', leases, unpack(ARGV, first, first + released - 1)) end
        if card == 0 then
          call('PEXPIREAT', leases, m[4] + 1000)
          call('HSET', meta, 'seq', number, 'card', after, 'due', deadline)
        else
          call('HSET', meta, 'seq', number, 'card', after)
        end
        replies[n] = { seq, after }
      end
    end
  end
  if not usual then
    slow = slow or {}
    slow[#slow + 1] = { k, a, n, parts or { 0, 0, 0, released, wanted, ttl } }
    replies[n] = false
  end
  a = first + released + wanted
end
if not slow then return replies end
