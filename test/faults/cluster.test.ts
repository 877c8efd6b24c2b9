import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PrivateRedis } from "../../src/lab/redis.js";
import { rising, total } from "./clients.js";
import { crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";
import { everywhere, member } from "./suite.js";
import { type ClusterTopology, startCluster, until } from "./topologies.js";

describe("Cluster 3 + 3", () => {
  let topology: ClusterTopology;
  beforeAll(async () => {
    topology = await startCluster();
  });
  afterAll(() => topology.stop());
  const ask = async <T>(node: PrivateRedis, ...command: [string, ...(string | number)[]]): Promise<T> => {
    const client = new Redis(node.port);
    try {
      return (await client.call(...command)) as T;
    } finally {
      client.disconnect();
    }
  };
  const slotOf = (name: string) =>
    ask<number>(topology.primaries[0] as PrivateRedis, "CLUSTER", "KEYSLOT", `{${name}}`);
  const loadOn = (name: string, ttlMs: number) => {
    const members = [1, 2, 3].map(() => member(() => topology.connect(), { ttlMs }));
    const load = crowd(
      members.map(({ limiter }) => limiter),
      {
        name,
        limit: 4,
        callers: 4,
        holdMs: () => (Math.random() < 0.03 ? 1_500 : Math.random() * 20),
      },
    );
    return { members, load };
  };

  everywhere(() => topology.connect());

  test("a slot that moves: typed answers meanwhile, nothing lost, never one too many (I1)", {
    timeout: 60_000,
  }, async () => {
    const name = "moving";
    const slot = await slotOf(name);
    const home = Math.min(2, Math.floor(slot / 5461.34));
    const from = topology.primaries[home] as PrivateRedis;
    const to = topology.primaries[(home + 1) % 3] as PrivateRedis;
    const [fromId, toId] = await Promise.all([
      ask<string>(from, "CLUSTER", "MYID"),
      ask<string>(to, "CLUSTER", "MYID"),
    ]);
    const { members, load } = loadOn(name, 4_000);
    await sleep(800);
    await ask(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
    await ask(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
    await sleep(300);
    for (;;) {
      const keys = await ask<string[]>(from, "CLUSTER", "GETKEYSINSLOT", slot, 10);
      if (keys.length === 0) break;
      for (const key of keys) {
        await ask(from, "MIGRATE", "127.0.0.1", to.port, key, 0, 2_000);
        await sleep(100);
      }
    }
    for (const node of [to, from]) await ask(node, "CLUSTER", "SETSLOT", slot, "NODE", toId);
    for (const node of topology.primaries)
      if (node !== to && node !== from) await ask(node, "CLUSTER", "SETSLOT", slot, "NODE", toId);
    const before = load.held.length;
    await until(async () => load.held.length > before + 20);
    await load.stop();
    console.log(`slot migration: ${JSON.stringify(load.answers)}`);
    expect(sweep(load.held, 4)).toMatchObject({ over: 0 });
    expect(total(members, "losses") + total(members, "lost")).toBe(0);
    expect(rising(load.numbers)).toBe(true);
    await Promise.all(members.map((one) => one.close()));
  });

  test("a primary killed and its replica promoted by TAKEOVER: never one too many (I1, I15)", {
    timeout: 90_000,
  }, async () => {
    const name = "taken";
    const home = Math.min(2, Math.floor((await slotOf(name)) / 5461.34));
    const { members, load } = loadOn(name, 5_000);
    await sleep(1_500);
    const since = performance.now();
    await (topology.primaries[home] as PrivateRedis).kill();
    await ask(topology.replicas[home] as PrivateRedis, "CLUSTER", "FAILOVER", "TAKEOVER");
    const before = load.held.length;
    await until(async () => load.held.length > before + 20);
    console.log(
      `takeover: admitting again after ${Math.round(performance.now() - since)} ms, ${total(members, "losses")} losses found, ` +
        `${total(members, "lost")} aborted, ${sweep(load.held, 4).over} over`,
    );
    await load.stop();
    expect(sweep(load.held, 4)).toMatchObject({ over: 0 });
    expect(total(members, "lost")).toBe(0);
    expect(rising(load.numbers)).toBe(true);
    await Promise.all(members.map((one) => one.close()));
  });
});
