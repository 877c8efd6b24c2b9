import { type KeyName, MINUTE_GLOB, PARALLEL_GLOB, parseKeyName, RATE_GLOBS } from "../litellm/key-name.js";
import { type Reading, readKey } from "../litellm/reading.js";
import type { RedisConnection } from "../redis/connect.js";
import { scanKeys } from "../redis/scan.js";

/** One of the limiter's keys as it stood when it was read. */
export interface LimiterKey {
  readonly name: KeyName;
  readonly reading: Reading;
}

export interface ReadOptions {
  /** Globs instead of the limiter's own; what they find is still sorted out by name. */
  readonly globs?: readonly string[];
  /** Also the window, requests and tokens keys. */
  readonly rates?: boolean;
  /** How many slots of a key to fetch at most: 1 is enough for the oldest. */
  readonly slots: number;
}

/** The limiter's keys, batch by batch as SCAN finds them. A key that is gone before it was read is left out. */
export async function* readLimiterKeys(redis: RedisConnection, options: ReadOptions): AsyncGenerator<LimiterKey> {
  const globs = options.globs ?? [PARALLEL_GLOB, MINUTE_GLOB, ...(options.rates ? RATE_GLOBS : [])];
  const done = new Set<string>();
  for (const glob of globs) {
    for await (const names of scanKeys(redis, glob)) {
      const wanted = names
        .map(parseKeyName)
        .filter((name) => name !== undefined)
        .filter((name) => (options.rates || name.family !== "rate") && !done.has(name.name));
      for (const name of wanted) done.add(name.name);
      const readings = await Promise.all(wanted.map((name) => readKey(redis.client, name.name, options.slots)));
      for (const [at, reading] of readings.entries()) {
        const name = wanted[at];
        if (name && reading.type !== "none") yield { name, reading };
      }
    }
  }
}
