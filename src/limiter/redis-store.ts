import type { Cluster, Redis } from "ioredis";
import { warnAboutConfig } from "./config-warnings.js";
import { type Argument, RedisConnection } from "./redis-connection.js";
import { RedisWakeups } from "./redis-wakeups.js";
import { loadScripts, type Scripts } from "./scripts.js";
import { type AcquireCall, type Reply, type Seen, type Store, StoreError, type StoreReport } from "./store.js";

export interface RedisStoreOptions {
  /** How long a call may take, ms. Default 100. */
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
 * `keyPrefix` is not used.
 */
export function redisStore(redis: Redis | Cluster, options: RedisStoreOptions = {}): Store {
  const { prefix = "llmctl:", durability = "memory", scripts = loadScripts() } = options;
  const sharded = (options.publish ?? (redis.isCluster ? "sharded" : "plain")) === "sharded";
  const mode = sharded ? "s" : "p";
  const told: StoreReport[] = [];
  const warn = (message: string) => {
    for (const to of told) to.warning(message);
  };
  const connection = new RedisConnection(redis, options.timeoutMs ?? 100, () => {
    for (const to of told) to.reload("");
  });
  const wakeups = new RedisWakeups(redis, sharded);
  connection.client.once(
    "ready",
    () => void warnAboutConfig(connection.client, sharded, durability).then((advice) => advice.forEach(warn)),
  );

  const keys = (name: string) => {
    const base = `${prefix}{${name}}:`;
    return [`${base}leases`, `${base}meta`, `${base}waiters`, `${base}turns`];
  };
  const release = async (name: string, ids: readonly string[], process: string, leave: boolean) => {
    const [now, removed] = await connection.run(scripts.release, keys(name), [process, mode, leave ? 1 : 0, ...ids]);
    return { now: now as number, removed: removed as number };
  };
  /** Undoes grants that no replica has: they must not be held, for a failover would forget them. */
  const replicated = async (calls: Iterable<[string, AcquireCall]>, replies: readonly unknown[], granted: boolean) => {
    if (durability === "memory" || !granted || (replies.at(-1) as number) >= 1) return;
    for (const [name, call] of calls) await release(name, call.ids, call.process, false);
    throw new StoreError("failed", "no replica has confirmed the grant; it was undone");
  };
  const replicas = durability === "replica" ? 1 : 0;

  return {
    async acquire(name, call) {
      const raw = await connection.run(
        scripts.acquire,
        keys(name),
        [call.limit, call.ttlMs, ...known(call.seen), call.process, mode, call.patienceMs, call.waiting, ...call.ids],
        replicas,
      );
      const reply = understood(raw);
      await replicated([[name, call]], raw, !reply.mask || reply.mask.includes("1"));
      return reply;
    },
    acquireAll(calls) {
      if (redis.isCluster) return undefined;
      const args: Argument[] = [];
      for (const call of calls.values()) args.push(call.limit, ...known(call.seen), call.ids[0] as string);
      const [first] = calls.values();
      const head = [first?.ttlMs ?? 0, first?.process ?? ""];
      return connection
        .run(scripts.acquireAll, [...calls.keys()].flatMap(keys), [...head, ...args], replicas)
        .then(async (raw) => {
          const replies = raw.slice(0, calls.size).map((one) => understood(one as unknown[]));
          await replicated(
            calls,
            raw,
            replies.every((reply) => reply.mask === "1"),
          );
          return replies;
        });
    },
    async renew(name, call) {
      const pairs = call.leases.flatMap(({ id, deadline }) => [id, deadline]);
      const raw = await connection.run(scripts.renew, keys(name), [
        call.ttlMs,
        ...known(call.seen),
        call.process,
        ...pairs,
      ]);
      const reply = understood(raw);
      return { ...reply, restored: reply.nearest, nearest: 0 };
    },
    release: (name, call) => release(name, call.ids, call.process, call.leave),
    async peek(name, processes) {
      const raw = await connection.run(scripts.peek, keys(name).slice(0, 2), [processes ? 1 : 0]);
      const [now, epoch, seq, held, recover, ttlMs, limit, oldest, known] = raw as unknown as PeekReply;
      return { now, epoch, seq, held, recover, ttlMs, limit, oldest, processes: known };
    },
    listen: (name, process, wake) => wakeups.listen(`${prefix}{${name}}:wake:${process}`, wake),
    part: (name) => (redis.isCluster ? name : ""),
    report: (to) => void told.push(to),
    async close() {
      wakeups.close();
      connection.close();
    },
  };
}

const known = (seen: Seen): Argument[] => [seen.epoch, seen.seq, seen.ttlMs];

type WriterReply = [number, string, number, number, number, number, number, number, number, string];
type PeekReply = [number, string, number, number, number, number, number, number, string[]];

function understood(raw: readonly unknown[]): Reply {
  // A connection that has lost step answers one call with another's reply: believe nothing of it.
  if (raw.length < 10) throw new StoreError("unknown", "the reply is that of another call");
  const [now, epoch, seq, held, recover, ttlMs, pruned, lost, nearest, mask] = raw as unknown as WriterReply;
  return { now, epoch, seq, held, recover, ttlMs, pruned, lost: lost === 1, restored: 0, nearest, mask };
}
