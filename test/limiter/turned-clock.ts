import type { Redis } from "ioredis";
import { redisStore, type Store } from "../../src/limiter/index.js";
import { loadScripts } from "../../src/limiter/scripts.js";
import type { AcquireCall, Seen } from "../../src/limiter/store.js";

/** A store whose scripts read the server's time from a list that the test writes. It starts an hour ahead, so that no key really expires. */
export function turnedStore(redis: Redis): { store: Store; now(): number; turn(ms: number): Promise<void> } {
  let now = Date.now() + 3_600_000;
  const key = `clock:${Math.random()}`;
  const scripts = loadScripts((lua) => lua.replaceAll("redis.call('TIME')", `redis.call('LRANGE', '${key}', 0, 1)`));
  const store = redisStore(redis, { timeoutMs: 2_000, scripts });
  return {
    store,
    now: () => now,
    async turn(ms) {
      now += ms;
      await redis
        .multi()
        .del(key)
        .rpush(key, Math.floor(now / 1000), (now % 1000) * 1000)
        .exec();
    },
  };
}

export const unseen: Seen = { epoch: "", seq: 0, ttlMs: 0 };

export function acquireCall(ids: readonly string[], limit: number, more: Partial<AcquireCall> = {}): AcquireCall {
  return { ids, limit, ttlMs: 10_000, seen: unseen, process: "p", waiting: 0, patienceMs: 4_000, ...more };
}
