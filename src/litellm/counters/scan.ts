import type { Redis } from "ioredis";
import type { RedisConnection } from "../../redis/connect.js";
import { ahead } from "../../redis/prefetch.js";
import { scanBatches } from "../../redis/scan.js";
import { NameSet } from "../../redis/seen-names.js";
import { type KeyName, LIMITER_GLOB, parseKeyName } from "../key-name.js";
import { type Reading, readKey, readKeys } from "./read.js";

/** Keys read by one call: less than a millisecond of the time of the server. */
const BATCH = 100;
/** Scripts sent ahead: Redis runs what has come from one client before it hears another, and each takes a millisecond. */
const IN_FLIGHT = 2;

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

/** The limiter's keys as SCAN finds them. A key that is gone before it was read is left out. */
export async function* readLimiterKeys(redis: RedisConnection, options: ReadOptions): AsyncGenerator<LimiterKey> {
  for await (const batch of readLimiterBatches(redis, options)) yield* batch;
}

/** The same a batch at a time: for a million keys, an await for each would be a good part of the whole. */
export async function* readLimiterBatches(redis: RedisConnection, options: ReadOptions): AsyncGenerator<LimiterKey[]> {
  yield* ahead(findLimiterKeys(redis, options), IN_FLIGHT, ({ node, names }) =>
    readBatch(redis, node, names, options.slots),
  );
}

interface FoundKeys {
  readonly node: Redis;
  readonly names: readonly KeyName[];
}

async function* findLimiterKeys(redis: RedisConnection, { globs, rates }: ReadOptions): AsyncGenerator<FoundKeys> {
  const patterns = globs ?? [rates ? "*:*" : LIMITER_GLOB];
  const done = patterns.length > 1 ? new NameSet() : undefined;
  for (const glob of patterns) {
    for await (const { node, names } of scanBatches(redis, glob)) {
      const wanted = names
        .map(parseKeyName)
        .filter((name) => name !== undefined)
        .filter((name) => (rates || name.family !== "rate") && (done?.add(name.name) ?? true));
      for (let at = 0; at < wanted.length; at += BATCH) yield { node, names: wanted.slice(at, at + BATCH) };
    }
  }
}

async function readBatch(
  redis: RedisConnection,
  node: Redis,
  names: readonly KeyName[],
  slots: number,
): Promise<LimiterKey[]> {
  const readings = await readKeys(
    node,
    names.map(({ name }) => name),
    slots,
  );
  const keys: LimiterKey[] = [];
  for (const [at, name] of names.entries()) {
    const reading = readings[at] ?? (await readKey(redis.client, name.name, slots));
    if (reading.type !== "none") keys.push({ name, reading });
  }
  return keys;
}
