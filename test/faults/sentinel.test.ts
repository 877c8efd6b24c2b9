import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLimiter, redisStore } from "../../src/limiter/index.js";
import { rising, total } from "./clients.js";
import { crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";
import { everywhere, member } from "./suite.js";
import { type SentinelTopology, startSentinels } from "./topologies.js";

describe("Sentinel x 3", () => {
  let topology: SentinelTopology;
  beforeAll(async () => {
    topology = await startSentinels();
  });
  afterAll(() => topology.stop());

  everywhere(() => topology.connect());

  test("a grant that no replica confirms is undone, when asked for", async () => {
    const redis = topology.connect();
    const limiter = createLimiter({ store: redisStore(redis, { durability: "replica", timeoutMs: 2_000 }) });
    expect(await limiter.acquire("durable", 1)).toMatchObject({ status: "granted" });
    const got = await limiter.acquire([
      { name: "durable a", limit: 1 },
      { name: "durable b", limit: 1 },
    ]);
    expect(got.status).toBe("granted");
    await limiter.close();
    redis.disconnect();
  });

  test("a failover under load: never one too many, no holder aborted, pauses counted (I1, I15)", {
    timeout: 60_000,
  }, async () => {
    const members = [1, 2, 3].map(() => member(() => topology.connect(), { ttlMs: 8_000 }));
    const load = crowd(
      members.map(({ limiter }) => limiter),
      {
        name: "failover",
        limit: 4,
        callers: 4,
        holdMs: () => (Math.random() < 0.02 ? 6_000 : Math.random() * 20),
      },
    );
    await sleep(1_500);
    const old = await topology.primary();
    const since = performance.now();
    await topology.servers.find(({ port }) => port === old)?.kill();
    while ((await topology.primary()) === old) await sleep(100);
    const promoted = performance.now();
    const before = load.held.length;
    while (load.held.length < before + 20 && performance.now() - promoted < 25_000) await sleep(100);
    const back = performance.now();
    await load.stop();
    const lost = total(members, "lost");
    console.log(
      `sentinel failover: promoted after ${Math.round(promoted - since)} ms, admitting again after ${Math.round(back - since)} ms, ` +
        `${total(members, "losses")} losses found, ${lost} aborted, ${sweep(load.held, 4).over} over`,
    );
    expect(sweep(load.held, 4)).toMatchObject({ over: 0 });
    expect(load.held.length).toBeGreaterThanOrEqual(before + 20);
    expect(lost).toBe(0);
    expect(rising(load.numbers)).toBe(true);
    await Promise.all(members.map((one) => one.close()));
  });
});
