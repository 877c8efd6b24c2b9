import { Redis } from "ioredis";
import {
  createLimiter,
  type Limiter,
  type LimiterOptions,
  type RedisStoreOptions,
  redisStore,
} from "../../src/limiter/index.js";
import { Recorder } from "../limiter/recorder.js";

export interface Client {
  readonly limiter: Limiter;
  readonly metrics: Recorder;
  readonly losses: string[];
  close(): Promise<void>;
}

/** Limiters of several "processes", each with its own connection to `port`. Calls get half a second: this machine may be busy. */
export function clientsAt(
  port: number,
  count: number,
  options: Partial<LimiterOptions> = {},
  storeOptions: RedisStoreOptions = {},
): Client[] {
  return Array.from({ length: count }, () => {
    const redis = new Redis(port, "127.0.0.1", { lazyConnect: true });
    const metrics = new Recorder();
    const store = redisStore(redis, { timeoutMs: 500, ...storeOptions });
    const limiter = createLimiter({ store, ttlMs: 2_000, metrics, ...options });
    const losses: string[] = [];
    limiter.on("stateLoss", ({ name }) => losses.push(name));
    return {
      limiter,
      metrics,
      losses,
      async close() {
        await limiter.close();
        redis.disconnect();
      },
    };
  });
}

export const closeAll = (clients: readonly Client[]) => Promise.all(clients.map((client) => client.close()));

/** The sum of one counter over all clients. */
export const total = (clients: readonly Pick<Client, "metrics">[], counter: keyof Recorder["counts"]): number =>
  clients.reduce((sum, { metrics }) => sum + (metrics.counts[counter] ?? 0), 0);

/** True when no list ever falls. */
export const rising = (lists: readonly (readonly number[])[]): boolean =>
  lists.every((list) => list.every((value, index) => index === 0 || value > (list[index - 1] as number)));
