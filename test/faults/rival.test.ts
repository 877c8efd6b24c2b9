import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { RedlockSemaphore } from "redis-semaphore";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { createLimiter, redisStore } from "../../src/limiter/index.js";
import { crowd } from "./many-clients.js";
import { type Held, sweep } from "./overlap-check.js";
import { TcpProxy } from "./proxy.js";

const limit = 4;

/** A checker that never failed proves nothing: the same sweep must convict a limiter that is known to over-admit. */
describe("the checker", () => {
  let servers: PrivateRedis[];
  let clients: Redis[];
  beforeAll(async () => {
    servers = await Promise.all([startRedis(), startRedis(), startRedis()]);
    clients = servers.map(({ url }) => new Redis(url));
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
  });

  test("convicts redis-semaphore's quorum mode of admitting 1.5 times its limit", { timeout: 60_000 }, async () => {
    // Three machines, each with a longer way to another node.
    const proxies: TcpProxy[] = [];
    const machines: Redis[][] = [];
    for (let machine = 0; machine < 3; machine++) {
      const ways = await Promise.all(servers.map(({ port }) => TcpProxy.start(port)));
      (ways[machine] as TcpProxy).lagMs = 60;
      proxies.push(...ways);
      machines.push(ways.map(({ port }) => new Redis(port)));
    }
    await Promise.all(machines.flat().map((client) => client.ping()));
    let worst = 0;
    for (let round = 0; round < 10 && worst < limit / 2; round++) {
      const held: Held[] = [];
      const callers = [0, 1, 2, 0, 1, 2].map(async (machine, who) => {
        const nodes = machines[machine] as Redis[];
        const semaphore = new RedlockSemaphore(nodes, `rival-${round}`, limit, {
          lockTimeout: 10_000,
          refreshInterval: 0,
        });
        if (!(await semaphore.tryAcquire())) return;
        const from = performance.now();
        await sleep(200);
        held.push({ from, to: performance.now(), who: `${who}` });
        await semaphore.release();
      });
      await Promise.all(callers);
      worst = Math.max(worst, sweep(held, limit).over);
    }
    console.log(`redis-semaphore, 3 nodes, limit ${limit}: ${limit + worst} held at once`);
    for (const client of machines.flat()) client.disconnect();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    expect(worst).toBeGreaterThan(0);
  });

  test("acquits ours under the same load", async () => {
    const limiters = Array.from({ length: 3 }, () =>
      createLimiter({ store: redisStore(clients[0] as Redis, { timeoutMs: 1_000 }) }),
    );
    const load = crowd(limiters, { name: "ours", limit, callers: 4, holdMs: () => 20 });
    await sleep(1_500);
    await load.stop();
    await Promise.all(limiters.map((limiter) => limiter.close()));
    expect(load.held.length).toBeGreaterThan(50);
    expect(sweep(load.held, limit)).toMatchObject({ most: limit, over: 0 });
  });
});
