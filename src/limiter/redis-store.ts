import type { Cluster, Redis } from "ioredis";
import { warnAboutConfig } from "./config-warnings.js";
import { ExchangeQueue } from "./exchange-queue.js";
import { type Argument, RedisConnection } from "./redis-connection.js";
import { RedisWakeups } from "./redis-wakeups.js";
import { toReply } from "./script-format.js";
import { loadScripts, type Scripts } from "./scripts.js";
import { type Seen, type Store, StoreError, type StoreListener } from "./store.js";

/** What {@link redisStore} needs of a client: a Redis or Cluster of ioredis 5 or 6, or of iovalkey, which have the same interface. */
export interface RedisClient {
  readonly isCluster: boolean;
  readonly options: object;
  duplicate(...args: never[]): { disconnect(reconnect?: boolean): void };
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void;
}

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** How long a call may take, ms. Default 500. */
  timeoutMs?: number;
  /** Put in front of every key. Default `llmctl:`. */
  prefix?: string;
  /** `replica`: a grant counts once one replica has it (WAIT 1), else it is undone and ends as unavailable. Default `memory`. */
  durability?: "memory" | "replica";
  /** How waiters are woken. Default: sharded in a Cluster (needs Redis 7), else plain. */
  publish?: "sharded" | "plain";
  /** For tests. */
  scripts?: Scripts;
}

/**
 * Keeps leases in Redis 6.2 or newer: standalone, Sentinel or Cluster. The connection handed in is duplicated and stays the caller's. Its
 * `keyPrefix` is not used. Several limiters may share the store. Throws a RangeError for a timeout that makes no sense.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): Store {
  const redis = client as unknown as Redis | Cluster;
  const { prefix = "llmctl:", durability = "memory", timeoutMs = 500, scripts = loadScripts() } = options;
  if (!(timeoutMs > 0 && timeoutMs <= 3_600_000))
    throw new RangeError(`timeoutMs is more than 0 and at most 3,600,000, not ${timeoutMs}`);
  const sharded = (options.publish ?? (redis.isCluster ? "sharded" : "plain")) === "sharded";
  const mode = sharded ? "s" : "p";
  const listeners = new Set<StoreListener>();
  const connection = new RedisConnection(redis, timeoutMs, () => {
    for (const listener of listeners) listener.reload("");
  });
  const wakeups = new RedisWakeups(redis, sharded);
  connection.client.once("ready", async () => {
    for (const message of await warnAboutConfig(connection.client, sharded, durability))
      for (const listener of listeners) listener.warning(message);
  });

  const keys = (name: string) => {
    const base = `${prefix}{${name}}:`;
    return [`${base}leases`, `${base}meta`];
  };
  const replicas = durability === "replica" ? 1 : 0;
  const exchanges = new ExchangeQueue(
    async (names, [ttlMs = 0, process = "", patienceMs = 0, ...calls], wants) => {
      const args = [ttlMs, process, mode, patienceMs, ...calls];
      const raw = await connection.run(scripts.exchange, names.flatMap(keys), args, wants ? replicas : 0);
      if (wants && replicas && (raw.at(-1) as number) < 1)
        throw new StoreError("unknown", "no replica has confirmed the grant; it is undone");
      return raw;
    },
    redis.isCluster ? 1 : undefined,
  );

  return {
    remote: true,
    acquire: (name, call) => exchanges.acquire(name, call),
    release: (name, call) => exchanges.release(name, call),
    acquireAll(calls) {
      if (redis.isCluster) return undefined;
      exchanges.flush();
      const args: Argument[] = [];
      for (const call of calls.values()) args.push(call.limit, ...known(call.seen), call.ids[0] as string);
      const [first] = calls.values();
      const head = [first?.ttlMs ?? 0, first?.process ?? ""];
      return connection
        .run(scripts.acquireAll, [...calls.keys()].flatMap(keys), [...head, ...args], replicas)
        .then(([now, ...raw]) => {
          if (replicas && (raw.at(-1) as number) < 1)
            throw new StoreError("unknown", "no replica has confirmed the grant; it is undone");
          return raw.slice(0, calls.size).map((one) => toReply(now as number, one));
        });
    },
    async renew(name, { ttlMs, process, seen, leases }) {
      exchanges.flush();
      const pairs = leases.flatMap(({ id, deadline }) => [id, deadline]);
      const [now, raw] = await connection.run(scripts.renew, keys(name), [ttlMs, process, ...known(seen), ...pairs]);
      const reply = toReply(now as number, raw);
      return { ...reply, restored: reply.nearest, nearest: 0 };
    },
    async peek(name, list) {
      exchanges.flush();
      const [now, raw] = await connection.run(scripts.peek, keys(name), [list ? 1 : 0]);
      const [epoch, seq, held, recover, ttlMs, limit, oldest, ...pairs] = raw as PeekReply;
      const leases = [];
      for (let at = 0; at < pairs.length; at += 2)
        leases.push({ id: pairs[at] as string, deadline: pairs[at + 1] as number });
      return { now: now as number, epoch, seq, held, recover, ttlMs, limit, oldest, leases };
    },
    listen: (name, process, wake) => wakeups.listen(`${prefix}{${name}}:wake:${process}`, wake),
    domain: (name) => (redis.isCluster ? name : ""),
    attach(listener) {
      listeners.add(listener);
      return async () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        wakeups.close();
        connection.close();
      };
    },
  };
}

const known = (seen: Seen): Argument[] => [seen.epoch, seen.seq, seen.ttlMs];

type PeekReply = [string, number, number, number, number, number, number, ...(string | number)[]];
