import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { type Client, clientsAt, closeAll, rising, total } from "./clients.js";
import { type Crowd, crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";
import { passersAt } from "./passers.js";
import { TcpProxy } from "./proxy.js";

/** A generator of numbers from 0 to 1 that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const names = ["one", "two"];

interface Scene {
  readonly proxy: TcpProxy;
  readonly admin: Redis;
  server: PrivateRedis;
}

/** Faults that happen while load runs; each leaves the scene as it found it. */
const faults: Record<string, (scene: Scene, random: () => number) => Promise<void>> = {
  cut: async ({ proxy }) => proxy.cut(),
  hole: async ({ proxy }, random) => {
    proxy.fault = "hole";
    await sleep(random() * 1_500);
    proxy.fault = "open";
    proxy.cut();
  },
  halfOpen: async ({ proxy }) => proxy.halfOpen(),
  cutReplies: async ({ proxy }, random) => {
    proxy.fault = "cut-replies";
    await sleep(random() * 500);
    proxy.fault = "open";
  },
  double: async ({ proxy }, random) => {
    proxy.fault = "double";
    await sleep(random() * 1_000);
    proxy.fault = "open";
  },
  slow: async ({ proxy }, random) => {
    proxy.delayMs = () => Math.random() * 400;
    await sleep(random() * 1_500);
    proxy.delayMs = () => 0;
  },
  pause: async ({ admin }, random) => void (await admin.client("PAUSE", Math.ceil(random() * 800))),
  scriptFlush: async ({ admin }) => void (await admin.script("FLUSH")),
  kill: async ({ admin }) => void (await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")),
  delete: async ({ admin }) =>
    void (await admin.call(
      "EVAL",
      "for _, key in ipairs(redis.call('KEYS', '*leases')) do redis.call('DEL', key) end",
      0,
    )),
  evict: async ({ admin }) =>
    void (await admin.call(
      "EVAL",
      "for _, key in ipairs(redis.call('KEYS', '*meta')) do redis.call('DEL', key) end",
      0,
    )),
  memory: async ({ admin }, random) => {
    await admin.config("SET", "maxmemory", "1");
    await sleep(random() * 800);
    await admin.config("SET", "maxmemory", "0");
  },
  // Who knows of the loss calls first: the claim is for that. Clients behind the faulty network may know nothing any more, and wait outside.
  restart: async (scene) => {
    const { port, dir } = scene.server;
    scene.proxy.fault = "hole";
    await scene.server.kill();
    scene.server = await startRedis({ port, dir });
    while ((await scene.admin.exists(...names.map((name) => `llmctl:{${name}}:meta`))) < names.length) await sleep(10);
    scene.proxy.fault = "open";
    scene.proxy.cut();
  },
};

const losing = new Set(["delete", "evict", "restart"]);

export interface Outcome {
  readonly happened: string[];
  readonly over: number;
  readonly overMs: number;
  readonly grants: number;
  readonly aborted: number;
  readonly losses: number;
  readonly rising: boolean;
  readonly heldAfter: number;
  /** Processes that came and went, and how often they had a slot. */
  readonly passers: number;
  readonly passed: number;
}

/**
 * Load through several ways in, and faults one after the other in an order that the seed repeats, for `ms`. Two clients go through the faulty
 * network, two reach the server directly; all of them call all the time, so that a loss is seen by who knows of it. Further ones come, work and
 * close, and every listener throws.
 */
export async function ordeal(seed: number, ms: number): Promise<Outcome> {
  const random = seeded(seed);
  // The load draws from numbers of its own: how busy the machine is must not change which faults come.
  const chance = seeded(seed + 1);
  const limit = 1 + Math.floor(random() * 5);
  const ttlMs = 2_500;
  const server = await startRedis();
  const proxy = await TcpProxy.start(server.port);
  const scene: Scene = {
    proxy,
    server,
    admin: new Redis(server.port, { retryStrategy: () => 20, maxRetriesPerRequest: null }),
  };
  scene.admin.on("error", () => {});
  const clients: Client[] = [
    ...clientsAt(proxy.port, 2, { ttlMs, refusalCacheMs: 0 }),
    ...clientsAt(server.port, 2, { ttlMs }),
  ];
  const limiters = clients.map(({ limiter }) => limiter);
  const loads: Crowd[] = names.map((name, index) =>
    crowd(limiters, {
      name,
      limit,
      callers: 3,
      waitMs: index * 400,
      holdMs: () => (chance() < 0.05 ? 2_000 : chance() * 40),
    }),
  );
  const passers = passersAt(proxy.port, { name: names[1] as string, limit, ttlMs, chance });
  for (const limiter of limiters)
    for (const event of ["nearLimit", "lost", "stateLoss", "breaker", "clockJump", "warning"] as const)
      limiter.on(event, () => {
        throw new Error("a listener of a user who makes mistakes");
      });
  const happened: string[] = [];
  const until = performance.now() + ms;
  await sleep(400);
  while (performance.now() < until) {
    // Each loss of data closes admission for a ttl: two out of three rounds are spent on what does not.
    const kinds = Object.keys(faults).filter((kind) => random() < 0.3 || !losing.has(kind));
    const name = kinds[Math.floor(random() * kinds.length)] as string;
    happened.push(name);
    await faults[name]?.(scene, random);
    await sleep(random() * 700);
  }
  await sleep(2 * ttlMs);
  await Promise.all([passers.stop(), ...loads.map((load) => load.stop())]);
  loads[1]?.held.push(...passers.held);
  await closeAll(clients);
  await sleep(ttlMs);
  let heldAfter = 0;
  for (const name of names) heldAfter += await scene.admin.zcount(`llmctl:{${name}}:leases`, Date.now(), "+inf");
  const excess = loads.map((load) => sweep(load.held, limit));
  scene.admin.disconnect();
  await proxy.stop();
  await scene.server.stop();
  return {
    happened,
    over: Math.max(...excess.map(({ over }) => over)),
    overMs: Math.max(...excess.map(({ overMs }) => overMs)),
    grants: loads.reduce((sum, load) => sum + load.held.length, 0),
    aborted: total(clients, "lost"),
    losses: total(clients, "losses"),
    rising: loads.every((load) => rising(load.numbers)),
    heldAfter,
    passers: passers.count(),
    passed: passers.held.length,
  };
}
