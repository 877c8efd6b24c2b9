import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { type Client, clientsAt, closeAll, rising } from "./clients.js";
import { crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";
import { TcpProxy } from "./proxy.js";

const limit = 3;
const ttlMs = 1_500;

describe("the network between us and Redis", () => {
  let server: PrivateRedis;
  let direct: Redis;
  let proxy: TcpProxy;
  let clients: Client[] = [];
  let names = 0;
  let name = "";
  beforeAll(async () => {
    server = await startRedis();
    direct = new Redis(server.url);
  });
  afterAll(async () => {
    direct.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    proxy = await TcpProxy.start(server.port);
    name = `network-${++names}`;
  });
  afterEach(async () => {
    proxy.fault = "open";
    proxy.delayMs = () => 0;
    proxy.cut();
    await closeAll(clients);
    await proxy.stop();
  });
  const held = () => direct.zcount(`llmctl:{${name}}:leases`, Date.now(), "+inf");

  /** Load on both ways to the server, a fault on one of them for `ms`, and then calm; nobody may ever be one too many. */
  const under = async (ms: number, start: () => void, end: () => void) => {
    clients = [...clientsAt(proxy.port, 2, { ttlMs }), ...clientsAt(server.port, 1, { ttlMs })];
    const load = crowd(
      clients.map(({ limiter }) => limiter),
      { name, limit, callers: 3, holdMs: () => Math.random() * 60 },
    );
    await sleep(400);
    start();
    await sleep(ms);
    end();
    const before = load.held.length;
    await sleep(1_800);
    await load.stop();
    expect(sweep(load.held, limit)).toMatchObject({ over: 0 });
    expect(rising(load.numbers)).toBe(true);
    expect(load.held.length - before).toBeGreaterThan(10);
    await sleep(ttlMs + 200);
    expect(await held()).toBe(0);
    return load;
  };

  test("connections that are cut again and again: I1, I3, I15", async () => {
    let cutting: NodeJS.Timeout | undefined;
    await under(
      1_500,
      () => {
        cutting = setInterval(() => proxy.cut(), 150);
      },
      () => clearInterval(cutting),
    );
  });

  test("a black hole: the policy answers, the breaker opens, and all is well afterwards", async () => {
    const load = await under(
      2_000,
      () => {
        proxy.fault = "hole";
      },
      () => {
        proxy.fault = "open";
        proxy.cut();
      },
    );
    expect(load.answers.unavailable).toBeGreaterThan(0);
  });

  test("a half-open connection is noticed and replaced without help", async () => {
    await under(
      2_500,
      () => proxy.halfOpen(),
      () => {},
    );
  });

  test("a holder behind a black hole is aborted before its slot can go to another (I7)", async () => {
    clients = [...clientsAt(proxy.port, 1, { ttlMs }), ...clientsAt(server.port, 1, { ttlMs })];
    const [behind, other] = clients as [Client, Client];
    const got = await behind.limiter.acquire(name, 1);
    if (got.status !== "granted") throw new Error(got.status);
    const { signal } = got.lease;
    await other.limiter.peek(name);
    proxy.fault = "hole";
    const next = other.limiter
      .acquire(name, 1, { waitMs: 10_000 })
      .then((result) => ({ result, aborted: signal.aborted }));
    const { result, aborted } = await next;
    expect(result.status).toBe("granted");
    expect(aborted).toBe(true);
    expect(got.lease.held()).toBe(false);
  });

  test("replies that are lost after the command ran leave no slot behind (I3, I5)", async () => {
    await under(
      1_500,
      () => {
        proxy.fault = "cut-replies";
      },
      () => {
        proxy.fault = "open";
      },
    );
  });

  test("commands that arrive twice and late free nobody's slot and hold none past one ttl (I4, I5)", async () => {
    await under(
      1_500,
      () => {
        proxy.fault = "double";
      },
      () => {
        proxy.fault = "open";
      },
    );
  });

  test("a slow server, 50 to 500 ms a reply: no ghost past one ttl, no queue without bound", async () => {
    await under(
      2_000,
      () => {
        proxy.delayMs = () => 50 + Math.random() * 450;
      },
      () => {
        proxy.delayMs = () => 0;
      },
    );
  });

  test("CLIENT PAUSE: what timed out is taken back", async () => {
    await under(
      1_200,
      () => void direct.client("PAUSE", 1_000),
      () => {},
    );
  });

  test("wake-up messages that never arrive cost a delay only (I10)", async () => {
    clients = [...clientsAt(proxy.port, 1), ...clientsAt(server.port, 1)];
    const [deaf, other] = clients as [Client, Client];
    proxy.drop = (chunk) => chunk.includes("message") && chunk.includes("wake:");
    const got = await other.limiter.acquire(name, 1);
    const asked = deaf.limiter.acquire(name, 1, { waitMs: 10_000 });
    await sleep(300);
    if (got.status === "granted") await got.lease.release();
    const since = performance.now();
    expect((await asked).status).toBe("granted");
    expect(performance.now() - since).toBeLessThan(1_800);
  });
});
