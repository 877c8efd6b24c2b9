import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { type Client, clientsAt, closeAll, total } from "./clients.js";
import { crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";

describe("two versions of a program at once", () => {
  let server: PrivateRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  test("with other limits: no more than the larger, and the smaller admits nobody above itself (I9)", async () => {
    const clients = clientsAt(server.port, 2, { ttlMs: 1_500, refusalCacheMs: 0 });
    const [small, large] = clients as [Client, Client];
    const few = crowd([small.limiter], { name: "limits", limit: 2, callers: 6, holdMs: () => Math.random() * 30 });
    const many = crowd([large.limiter], { name: "limits", limit: 5, callers: 6, holdMs: () => Math.random() * 30 });
    await sleep(2_000);
    await Promise.all([few.stop(), many.stop()]);
    expect(sweep([...few.held, ...many.held], 5)).toMatchObject({ over: 0 });
    expect(sweep(few.held, 2)).toMatchObject({ over: 0 });
    expect(total(clients, "losses")).toBe(0);
    await closeAll(clients);
  });

  test("with other ttls: no lease ends before its own deadline, and no key without an expiry (I8, I12)", async () => {
    const clients = [...clientsAt(server.port, 1, { ttlMs: 300 }), ...clientsAt(server.port, 1, { ttlMs: 6_000 })];
    const calls = crowd(
      clients.map(({ limiter }) => limiter),
      {
        name: "ttls",
        limit: 3,
        callers: 4,
        holdMs: () => (Math.random() < 0.2 ? 1_200 : 10),
      },
    );
    const admin = new Redis(server.url);
    for (let i = 0; i < 30; i++) {
      await sleep(100);
      for (const key of await admin.keys("llmctl:{ttls}:*")) expect(await admin.pttl(key)).not.toBe(-1);
    }
    await calls.stop();
    admin.disconnect();
    expect(sweep(calls.held, 3)).toMatchObject({ over: 0 });
    expect(total(clients, "lost")).toBe(0);
    expect(total(clients, "losses")).toBe(0);
    await closeAll(clients);
  });

  test("after one ttl of quiet nothing is held, and soon no key is left (I8)", async () => {
    const clients = clientsAt(server.port, 1, { ttlMs: 200 });
    const [client] = clients as [Client];
    const admin = new Redis(server.url);
    await client.limiter.acquire("quiet", 1);
    await client.limiter.close();
    await sleep(250);
    expect(await admin.zcard("llmctl:{quiet}:leases")).toBe(0);
    await sleep(2_200);
    expect(await admin.keys("llmctl:{quiet}:*")).toEqual([]);
    admin.disconnect();
    await closeAll(clients);
  });
});
