-- Gives one slot back; without effect when it is not there.
-- KEYS: the set. ARGV: id of the call.
-- Returns the calls still in flight.
redis.call("ZREM", KEYS[1], ARGV[1])
return redis.call("ZCARD", KEYS[1])
