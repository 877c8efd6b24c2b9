import { afterAll, beforeAll, expect, test } from "vitest";
import { redisFrom } from "../../src/config/redis.js";
import type { RedisSettings } from "../../src/config/settings.js";
import { freePort, type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { readLimiterKeys } from "../../src/litellm/counters/scan.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { scanKeys } from "../../src/redis/scan.js";
import { type ClusterMember, type PrivateCluster, startCluster } from "../support/redis-servers/cluster.js";

const KEYS = 3000;
let cluster: PrivateCluster;
let redis: RedisConnection;
let lone: PrivateRedis;

const settings = (ports: readonly number[]) =>
  redisFrom({}, { REDIS_CLUSTER_NODES: JSON.stringify(ports.map((port) => ({ host: "127.0.0.1", port }))) }, undefined);
const connect = (...ports: number[]) => connectRedis(settings(ports) as RedisSettings, { timeoutMs: 3000 });

const someSlots = (from: number, many: number) => Array.from({ length: many }, (_, at) => from + at);

beforeAll(async () => {
  cluster = await startCluster();
  lone = await startRedis();
  redis = await connect(cluster.members[2]?.server.port as number);
  await Promise.all(
    Array.from({ length: KEYS }, (_, at) => redis.client.zadd(`{api_key:${at}}:max_parallel_requests`, at, "m")),
  );
}, 60_000);
afterAll(async () => {
  await redis?.close();
  await Promise.all([cluster?.stop(), lone?.stop()]);
});

test("gives every key once while slots move to a node that owned none, and back", async () => {
  const [first, second, , empty] = cluster.members as [ClusterMember, ClusterMember, ClusterMember, ClusterMember];
  const plans = [
    [someSlots(0, 60), first, empty],
    [someSlots(5500, 40), second, first],
    [someSlots(0, 60), empty, second],
  ] as const;
  for (const [slots, from, to] of plans) {
    let moving = true;
    const moved = cluster.moveSlots(slots, from, to).finally(() => {
      moving = false;
    });
    let rounds = 0;
    do {
      const names: string[] = [];
      for await (const batch of scanKeys(redis, "*", 50)) names.push(...batch);
      expect(names).toHaveLength(KEYS);
      expect(new Set(names).size).toBe(KEYS);
      rounds++;
    } while (moving);
    expect(rounds).toBeGreaterThan(1);
    await moved;
  }
}, 60_000);

test("reads every key's value while slots move", async () => {
  const [, , third, empty] = cluster.members as [ClusterMember, ClusterMember, ClusterMember, ClusterMember];
  const moved = cluster.moveSlots(someSlots(16_000, 80), third, empty);
  const scores = new Map<string, number | undefined>();
  for await (const { name, reading } of readLimiterKeys(redis, { slots: 1 })) {
    scores.set(name.owner.id, reading.members[0]?.score);
  }
  await moved;
  expect(scores.size).toBe(KEYS);
  for (const [id, score] of scores) expect(score).toBe(Number(id));
}, 60_000);

test("begins at any node that answers", async () => {
  const other = await connect(await freePort(), cluster.members[0]?.server.port as number);
  expect(other.nodes()).toHaveLength(4);
  await other.close();
});

test("says that a single server is no Cluster, and that nobody listens", async () => {
  await expect(connect(lone.port)).rejects.toMatchObject({ code: "redis-no-cluster", exit: 2 });
  await expect(connect(await freePort())).rejects.toMatchObject({ code: "redis-unreachable", exit: 5 });
});
