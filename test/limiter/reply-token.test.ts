import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { createLimiter, redisStore } from "../../src/limiter/index.js";
import { onRedis } from "./stores.js";

onRedis((backend) => {
  test("a reply that comes twice is taken for no other call's: no lease, and a new connection", async () => {
    let double = false;
    let connections = 0;
    const proxy = createServer((client) => {
      connections++;
      const server = connect(backend.server.port, "127.0.0.1");
      for (const socket of [client, server] as Socket[]) socket.on("error", () => {}).setNoDelay(true);
      let late: Buffer | undefined;
      client.on("data", (chunk) => {
        server.write(chunk);
        // The reply of the command before comes now, twice.
        if (late) for (const _ of [1, 2]) client.write(late);
        late = undefined;
      });
      server.on("data", (chunk) => {
        if (double) late = chunk;
        else client.write(chunk);
        double = false;
      });
      client.on("close", () => server.destroy());
      server.on("close", () => client.destroy());
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const redis = new Redis((proxy.address() as { port: number }).port, "127.0.0.1", { lazyConnect: true });
    const limiter = createLimiter({ store: redisStore(redis, { timeoutMs: 5_000 }), refusalCacheMs: 0 });
    const other = createLimiter({ store: backend.store() });
    const held = await other.acquire("taken", 1);
    expect((await limiter.acquire("warm", 1)).status).toBe("granted");
    const before = connections;
    double = true;
    const first = limiter.acquire("free", 1);
    await sleep(50);
    const second = limiter.acquire("taken", 1);
    const [a, b] = await Promise.all([first, second]);
    expect(a.status).toBe("granted");
    expect(b).toMatchObject({ status: "unavailable", cause: { unknown: true } });
    expect((await other.list("free")).length).toBe(1);
    while ((await limiter.acquire("again", 9)).status !== "granted") await sleep(20);
    expect(connections).toBeGreaterThan(before);
    expect(held.status === "granted" && held.lease.held()).toBe(true);
    expect((await limiter.acquire("taken", 1)).status).toBe("refused");
    await Promise.all([limiter.close(), other.close()]);
    redis.disconnect();
    proxy.close();
  });
});
