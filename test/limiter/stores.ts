import { Redis } from "ioredis";
import { afterAll, beforeAll, describe } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { memoryStore, type RedisStoreOptions, redisStore, type Store } from "../../src/limiter/index.js";

/** A store that several limiters of one test share; `make` gives each "process" its own way in. */
export interface Backend {
  make(options?: RedisStoreOptions): Store;
}

/** Runs the same tests on memory and on a real Redis. Calls get a second: a busy machine is not a fault. */
export function onBothStores(tests: (backend: Backend) => void): void {
  describe("in memory", () => {
    let shared: Store;
    beforeAll(() => {
      shared = memoryStore();
    });
    tests({ make: () => shared });
  });
  describe("in Redis", () => onRedis((redis) => tests({ make: (options) => redis.store(options) })));
}

export interface RedisBackend {
  readonly server: PrivateRedis;
  readonly redis: Redis;
  store(options?: RedisStoreOptions): Store;
}

/** A private Redis for the tests inside; its fields may be read in tests and hooks, not before. */
export function onRedis(tests: (backend: RedisBackend) => void): void {
  let server: PrivateRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  tests({
    get server() {
      return server;
    },
    get redis() {
      return redis;
    },
    store: (options) => redisStore(redis, { timeoutMs: 1_000, ...options }),
  });
}
