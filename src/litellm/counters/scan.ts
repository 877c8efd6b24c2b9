import type { Redis } from "ioredis";
import type { RedisConnection } from "../../redis/connect.js";
import { hashSlot } from "../../redis/hash-slot.js";
import { ahead } from "../../redis/prefetch.js";
import { scanBatches } from "../../redis/scan.js";
import { NameSet } from "../../redis/seen-names.js";
import { type KeyName, LIMITER_GLOB, parseKeyName } from "../key-name.js";
import { type Reading, readKey, readKeys } from "./read.js";

/** Keys read by one call: less than a millisecond of server time. */
const BATCH = 100;
/**
 * Concurrent scripts: Redis runs what arrived from one client before it reads from another, and each takes a
 * millisecond.
 */
const IN_FLIGHT = 2;

/** One of the limiter's keys and its reading. */
export interface LimiterKey {
  readonly name: KeyName;
  readonly reading: Reading;
}

/** How to read the limiter's keys. */
export interface ReadOptions {
  /** Globs instead of the limiter's own; the results are still filtered by name. */
  readonly globs?: readonly string[];
  /** Also the window, requests and tokens keys. */
  readonly rates?: boolean;
  /** The most slots to fetch of a key: 1 is enough for the oldest. */
  readonly slots: number;
}

/** The limiter's keys as SCAN finds them. A key that expired before it was read is left out. */
export async function* readLimiterKeys(redis: RedisConnection, options: ReadOptions): AsyncGenerator<LimiterKey> {
  for await (const batch of readLimiterBatches(redis, options)) yield* batch;
}

/** The same in batches: for a million keys, an await for each would take a large part of the time. */
export async function* readLimiterBatches(redis: RedisConnection, options: ReadOptions): AsyncGenerator<LimiterKey[]> {
  yield* ahead(findLimiterKeys(redis, options), IN_FLIGHT, ({ node, names }) =>
    readBatch(redis, node, names, options.slots),
  );
}

/** Named keys, in as few calls as a scan takes; in a Cluster node by node. A key that is gone is left out. */
export async function readNamedKeys(
  redis: RedisConnection,
  names: readonly KeyName[],
  slots: number,
): Promise<LimiterKey[]> {
  const keys: LimiterKey[] = [];
  for (const { node, own } of await byNode(redis, names)) {
    for (let at = 0; at < own.length; at += BATCH) {
      const batch = own.slice(at, at + BATCH);
      keys.push(...(await readBatch(redis, node, batch, slots)));
    }
  }
  return keys;
}

/** What belongs to no node at this moment is on its way, and has none. */
async function byNode({ cluster, nodes }: RedisConnection, names: readonly KeyName[]) {
  if (!cluster) return nodes().map((node) => ({ node, own: names }));
  const owners = [...(await cluster.map())];
  const ownerOf = ({ name }: KeyName) => owners.find(([, { slots }]) => slots.has(hashSlot(name)))?.[0];
  const groups = new Map<string | undefined, KeyName[]>();
  for (const name of names) {
    const owner = ownerOf(name);
    const own = groups.get(owner);
    if (own) own.push(name);
    else groups.set(owner, [name]);
  }
  return [...groups].map(([id, own]) => ({ node: id === undefined ? undefined : cluster.connection(id), own }));
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
  node: Redis | undefined,
  names: readonly KeyName[],
  slots: number,
): Promise<LimiterKey[]> {
  const all = names.map(({ name }) => name);
  const readings = node ? await readKeys(node, all, slots) : [];
  const keys: LimiterKey[] = [];
  for (const [at, name] of names.entries()) {
    const reading = readings[at] ?? (await readKey(redis.client, name.name, slots));
    if (reading.type !== "none") keys.push({ name, reading });
  }
  return keys;
}
