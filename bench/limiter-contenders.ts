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

/** Each call takes the next of `names` names in turn, like the keys of a gateway. */
function inTurn(prefix: string, names: number): () => string {
  const all = Array.from({ length: names }, (_, i) => `${prefix}-${i}`);
  let next = 0;
  return () => all[next++ % names] as string;
}

/** The simplest implementation: one script for each acquire, one ZREM for each release, no batching, no heartbeat. */
export function plain(port: number, names: number, enableAutoPipelining = false): Contender {
  const redis = new Redis({ port, enableAutoPipelining }) as Redis &
    Record<"plainAcquire", (...args: (string | number)[]) => Promise<number>>;
  redis.defineCommand("plainAcquire", { numberOfKeys: 1, lua: plainScript });
  const name = inTurn("plain", names);
  let count = 0;
  return {
    name: enableAutoPipelining ? "plain, auto-pipelining" : "one script a call (plain)",
    commands: ["evalsha", "eval", "zrem"],
    caller: () => async (acquired) => {
      const id = `p.${count++}`;
      const key = name();
      if ((await redis.plainAcquire(key, limit, 15_000, id)) !== 1) throw new Error("refused");
      acquired();
      // Not awaited, like ours.
      void redis.zrem(key, id);
    },
    close: async () => void redis.disconnect(),
  };
}

/** The same with ioredis' automatic pipelining. */
export const pipelined = (port: number, names: number): Contender => plain(port, names, true);

function ours(title: string, names: number, store: Store): Contender {
  const limiter = createLimiter({ store });
  const name = inTurn("ours", names);
  return {
    name: title,
    commands: ["evalsha", "eval"],
    caller: () => async (acquired) => {
      const got = await limiter.acquire(name(), limit);
      if (got.status !== "granted") throw new Error(got.status);
      acquired();
      void got.lease.release();
    },
    close: () => limiter.close(),
  };
}

/** llmctl's limiter on Redis. */
export const oursOnRedis = (port: number, names: number): Contender => {
  const redis = new Redis(port);
  const contender = ours("llmctl/limiter", names, redisStore(redis, { timeoutMs: 5_000 }));
  return { ...contender, close: () => contender.close().then(() => redis.disconnect()) };
};

/** llmctl's limiter in memory. */
export const oursInMemory = (_port: number, names: number): Contender =>
  ours("llmctl/limiter, memory store", names, memoryStore());

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
