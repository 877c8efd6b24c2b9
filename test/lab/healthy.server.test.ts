import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLab } from "../../src/lab/proxy.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { Connection } from "../support/lab-connection.js";

let server: PrivateRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const call = fc.record({
  afterMs: fc.nat(60),
  route: fc.constantFrom("chat", "messages", "responses"),
  stream: fc.boolean(),
  leave: fc.boolean(),
  words: fc.constantFrom("", "wait=30", "chunks=4 gap=10", "status=500", "cut", "chunks=40 gap=5"),
} as const);

test("whatever calls come and however they end, a healthy lab runs no more than the limit and keeps no slot", async () => {
  const seed = Number(process.env.LLMCTL_SEED ?? Date.now());
  const history = fc.record({
    limit: fc.integer({ min: 1, max: 5 }),
    workers: fc.integer({ min: 1, max: 3 }),
    calls: fc.array(call, { minLength: 1, maxLength: 25 }),
  });
  await fc.assert(
    fc.asyncProperty(history, async ({ limit, workers, calls }) => {
      const lab = await startLab({ sick: "healthy", redisUrl: server.url, limit, workers });
      const connections: Connection[] = [];
      try {
        const statuses = await Promise.all(
          calls.map(async ({ afterMs, route, ...options }) => {
            await sleep(afterMs);
            const connection = new Connection(lab);
            connections.push(connection);
            return connection.call(route, options);
          }),
        );
        const slots = parallelKey(ownerOfSecret(lab.key));
        const over = async () => lab.stats().inFlight === 0 && (await redis.exists(slots)) === 0;
        for (let waited = 0; waited < 2000 && !(await over()); waited += 10) await sleep(10);
        const { peak, seen, inFlight } = lab.stats();
        expect(inFlight).toBe(0);
        expect(peak).toBeLessThanOrEqual(limit);
        expect(statuses.filter((status) => status !== 429)).toHaveLength(seen);
        expect(await redis.zcard(slots)).toBe(0);
      } finally {
        await Promise.all(connections.map((connection) => connection.close()));
        await lab.stop();
      }
    }),
    { seed, numRuns: 15, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: true },
  );
});

test("a healthy lab holds its limit though its key in Redis is deleted under its calls, which makes the release itself admit too many", async () => {
  const peaks = await Promise.all(
    ([undefined, "healthy"] as const).map(async (sick) => {
      const own = await startRedis();
      const client = new Redis(own.url);
      const lab = await startLab({ ...(sick ? { sick } : {}), redisUrl: own.url, limit: 2, workers: 4 });
      // A worker each: the later two have no copy of the counter and ask Redis.
      const connections = Array.from({ length: 4 }, () => new Connection(lab));
      const first = connections.slice(0, 2).map((connection) => connection.call("chat", { words: "wait=600" }));
      while (lab.stats().inFlight < 2) await sleep(5);
      await client.del(parallelKey(ownerOfSecret(lab.key)));
      const more = connections.slice(2).map((connection) => connection.call("chat", { words: "wait=50" }));
      await Promise.all([...first, ...more]);
      const { peak } = lab.stats();
      await Promise.all(connections.map((connection) => connection.close()));
      await lab.stop();
      client.disconnect();
      await own.stop();
      return peak;
    }),
  );
  expect(peaks).toEqual([4, 2]);
});
