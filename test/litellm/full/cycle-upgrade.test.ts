import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../../src/lab/redis.js";
import { startCustomer } from "../customer.js";
import { burst, callAnew, inTurn } from "../cycles/calls.js";
import { type Operator, ownedKey, startOperator } from "../operator.js";
import { type Proxy as LitellmProxy, startProxy } from "../proxy.js";

/** 1.79.1 leaves a number without expiry behind; the next release keeps a sorted set under the same name. */
describe("an upgrade from LiteLLM 1.79.1 to 1.95.0 with two workers on one Redis", () => {
  const key = ownedKey("upgraded", "sk-three-at-once-upgraded");
  const limits = { [key.secret]: { max_parallel_requests: 3, rpm_limit: 100_000 } };
  let redis: PrivateRedis;
  let proxy: LitellmProxy;
  let operator: Operator;
  beforeAll(async () => {
    redis = await startRedis();
    const old = await startProxy({ version: "1.79.1", keys: limits, redis });
    try {
      expect(await inTurn(4, () => callAnew(old, key, "messages"))).toEqual([200, 200, 200, 429]);
    } finally {
      await old.stop();
    }
    proxy = await startProxy({ version: "1.95.0", keys: limits, redis, workers: 2 });
    operator = await startOperator(proxy);
  }, 640_000);
  afterAll(async () => {
    await operator?.leave();
    await proxy?.stop();
    await redis?.stop();
  });
  // No call here takes longer, so a number that did not move for a window is no old pod's.
  const fix = () => operator.run("doctor", "--fix", "--yes", "--limit", "3", "--longest-call", "60s");

  test("each worker counts alone: more than the limit run at once, and doctor says why", async () => {
    expect(await operator.redis.type(key.counter)).toBe("string");
    expect(await operator.redis.ttl(key.counter)).toBe(-1);
    // A burst may fall on one worker alone; a few do not.
    const peaks: number[] = [];
    while (peaks.length < 4 && !peaks.some((peak) => peak > 3)) {
      peaks.push((await burst(proxy, key, { calls: 12, ms: 1500 })).peak);
    }
    expect(Math.max(...peaks)).toBeGreaterThan(3);
    const { status, json } = await operator.run("doctor", "--longest-call", "60s");
    const [check] = json().checks.filter(({ id }: { id: string }) => id === "wrong-type");
    expect(check).toMatchObject({ status: "fail", findings: [{ key: key.counter }] });
    expect(status).toBe(3);
  });

  test("--fix heals it at once under live traffic, and the provider never sees more than the limit again", async () => {
    const customer = startCustomer({ proxy, key, route: "chat", text: "wait=700", pause: 20, lanes: 3 });
    await expect.poll(() => customer.statuses.length, { timeout: 60_000 }).toBeGreaterThan(3);
    proxy.upstream.reset();
    const { status, json, stderr } = await fix();
    expect(json().repairs, stderr).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(status).toBe(0);
    await expect.poll(() => operator.redis.type(key.counter), { timeout: 60_000 }).toBe("zset");
    await customer.leave();
    expect(proxy.upstream.stats.peak).toBeLessThanOrEqual(3);
    expect(customer.statuses.at(-1)).toBe(200);
    expect(await burst(proxy, key, { calls: 12 })).toEqual({ admitted: 3, peak: 3 });
    expect(await inTurn(12, () => callAnew(proxy, key, "messages"))).toEqual(Array(12).fill(200));
  });

  test("undo brings the number back with its bytes, and a second --fix takes it away again", async () => {
    const undone = await operator.run("doctor", "undo");
    expect(undone.json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(await operator.redis.type(key.counter)).toBe("string");
    expect(await operator.redis.ttl(key.counter)).toBe(-1);
    expect((await fix()).status).toBe(0);
    expect(await operator.redis.exists(key.counter)).toBe(0);
    expect(await burst(proxy, key, { calls: 12 })).toEqual({ admitted: 3, peak: 3 });
    const again = await fix();
    expect({ status: again.status, repairs: again.json().repairs }).toEqual({ status: 0, repairs: [] });
  });
});
