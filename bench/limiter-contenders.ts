import Bottleneck from "bottleneck";
import { Redis } from "ioredis";
import { Semaphore } from "redis-semaphore";
import { createLimiter, memoryStore, redisStore, type Store } from "../src/limiter/index.js";

/** Takes a slot under a limit that is never reached, and releases it; `acquired` is called in between. */
export interface Contender {
  readonly name: string;
  /**
   * The commands that it sends itself, as INFO commandstats names them; the commands of its scripts are part of their
   * time.
   */
  readonly commands: readonly string[];
  caller(): (acquired: () => void) => Promise<void>;
  close(): Promise<void>;
}

const limit = 1_000;

const prune = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)";
const plainScript = `${prune} redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3]) redis.call('PEXPIRE', KEYS[1], ARGV[2]) return 1`;

/** The simplest implementation: one script for each acquire, one ZREM for each release, no batching, no heartbeat. */
export function plain(port: number): Contender {
  const redis = new Redis(port) as Redis & Record<"plainAcquire", (...args: (string | number)[]) => Promise<number>>;
  redis.defineCommand("plainAcquire", { numberOfKeys: 1, lua: plainScript });
  let count = 0;
  return {
    name: "one script a call (plain)",
    commands: ["evalsha", "eval", "zrem"],
    caller: () => async (acquired) => {
      const id = `p.${count++}`;
      if ((await redis.plainAcquire("plain", limit, 15_000, id)) !== 1) throw new Error("refused");
      acquired();
      // Not awaited, like ours.
      void redis.zrem("plain", id);
    },
    close: async () => void redis.disconnect(),
  };
}

/** llmctl's limiter on a store. */
export function ours(name: string, makeStore: () => Store): Contender {
  const limiter = createLimiter({ store: makeStore() });
  return {
    name,
    commands: ["evalsha", "eval"],
    caller: () => async (acquired) => {
      const got = await limiter.acquire("ours", limit);
      if (got.status !== "granted") throw new Error(got.status);
      acquired();
      void got.lease.release();
    },
    close: () => limiter.close(),
  };
}

/** llmctl's limiter on Redis. */
export const oursOnRedis = (port: number): Contender => {
  const redis = new Redis(port);
  const contender = ours("llmctl/limiter", () => redisStore(redis, { timeoutMs: 5_000 }));
  return { ...contender, close: () => contender.close().then(() => redis.disconnect()) };
};

/** llmctl's limiter in memory. */
export const oursInMemory = (): Contender => ours("llmctl/limiter, memory store", memoryStore);

/** redis-semaphore. */
export function semaphore(port: number): Contender {
  const redis = new Redis(port);
  return {
    name: "redis-semaphore",
    commands: ["evalsha", "eval", "zrem"],
    caller: () => {
      const one = new Semaphore(redis, "semaphore", limit, { refreshInterval: 0 });
      return async (acquired) => {
        await one.acquire();
        acquired();
        await one.release();
      };
    },
    close: async () => void redis.disconnect(),
  };
}

/** Bottleneck on ioredis. */
export function bottleneck(port: number): Contender {
  const limiter = new Bottleneck({
    datastore: "ioredis",
    Redis,
    clientOptions: { port },
    maxConcurrent: limit,
    id: "bench",
  });
  return {
    name: "Bottleneck, ioredis",
    commands: ["evalsha", "eval"],
    caller: () => (acquired) => limiter.schedule(async () => acquired()),
    close: () => limiter.disconnect(),
  };
}
