import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { startRedis } from "../../src/lab/redis.js";
import { clientsAt, closeAll, rising, total } from "./clients.js";
import { crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";
import { TcpProxy } from "./proxy.js";
import { until } from "./topologies.js";

const limit = 4;
const ttlMs = 2_000;

/** A replica that has been cut off for a while is promoted: what was granted since then is forgotten. */
async function failOver() {
  const primary = await startRedis();
  const wire = await TcpProxy.start(primary.port);
  const replica = await startRedis({ args: ["--replicaof", "127.0.0.1", `${wire.port}`] });
  const admin = new Redis(replica.url);
  await until(async () => (await admin.info("replication")).includes("master_link_status:up"));
  const front = await TcpProxy.start(primary.port);
  const clients = clientsAt(front.port, 3, { ttlMs, refusalCacheMs: 0 });
  const holdMs = () => (Math.random() < 0.1 ? 1_500 : Math.random() * 30);
  const load = crowd(
    clients.map(({ limiter }) => limiter),
    { name: "failover", limit, callers: 4, holdMs },
  );
  await sleep(800);
  wire.fault = "hole";
  await sleep(400);
  await primary.kill();
  await admin.replicaof("NO", "ONE");
  front.target = replica.port;
  front.cut();
  const since = performance.now();
  const before = load.held.length;
  await until(async () => load.held.length > before + 20);
  const pauseMs = performance.now() - since;
  await load.stop();
  const result = {
    ...sweep(load.held, limit),
    pauseMs: Math.round(pauseMs),
    losses: total(clients, "losses"),
    aborted: total(clients, "lost"),
    restored: total(clients, "overage"),
    rising: rising(load.numbers),
  };
  await closeAll(clients);
  admin.disconnect();
  await Promise.all([front.stop(), wire.stop()]);
  await Promise.all([primary.stop(), replica.stop()]);
  return result;
}

describe("a failover that loses writes", () => {
  const rounds = Number(process.env.LLMCTL_RUNS ?? 3);

  test(`${rounds} times: never one too many, nobody aborted, admission closed for one ttl (I1, I15)`, {
    timeout: rounds * 20_000,
  }, async () => {
    for (let round = 0; round < rounds; round++) {
      const result = await failOver();
      console.log(`failover ${round + 1}: ${JSON.stringify(result)}`);
      expect(result).toMatchObject({ over: 0, aborted: 0, rising: true });
      expect(result.losses).toBeGreaterThan(0);
      expect(result.pauseMs).toBeGreaterThan(0.8 * ttlMs);
    }
  });
});
