import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../../../src/lab/redis.js";
import { burst, callAnew, count, inTurn } from "../cycles/calls.js";
import { kill, workersOf } from "../cycles/workers.js";
import { type Operator, ownedKey, startOperator } from "../support/operator.js";
import { type Proxy as LitellmProxy, startProxy } from "../support/proxy.js";

const LIMIT = 5;
/** Between the age of the dead and that of the living. */
const OLD = "25s";
const OLD_MS = 25_000;

/** A worker dies with calls in flight; its slots stay for an hour. The only worker of a proxy takes the proxy with it, and another pod takes over. */
describe.each([1, 2])("LiteLLM 1.109.1 with %i workers, one of which is killed", (workers) => {
  const key = ownedKey("killed", "sk-five-at-once-killed-01");
  const options = { version: "1.109.1" as const, keys: { [key.secret]: { max_parallel_requests: LIMIT } }, workers };
  let redis: PrivateRedis;
  let proxy: LitellmProxy;
  let operator: Operator;
  beforeAll(async () => {
    redis = await startRedis();
    proxy = await startProxy({ ...options, redis });
    operator = await startOperator(proxy);
  }, 320_000);
  afterAll(async () => {
    await operator?.leave();
    await proxy?.stop();
    await redis?.stop();
  });
  const chat = (text = "hello") => callAnew(proxy, key, "chat", { text });
  const slots = () => operator.redis.zrange(key.counter, "0", "-1");
  let dead: string[] = [];
  let backup = "";

  test("its slots stay behind, and those of the others are given back", async () => {
    for (const victim of await workersOf(proxy)) {
      const calls = Array.from({ length: LIMIT }, () => chat("wait=6000"));
      await expect.poll(() => operator.redis.zcard(key.counter), { timeout: 60_000 }).toBe(LIMIT);
      kill(victim);
      const broken = count(await Promise.all(calls), 0);
      await sleep(2000);
      dead = await slots();
      expect(dead).toHaveLength(broken);
      if (broken > 0) break;
    }
    expect(dead.length).toBeGreaterThan(0);
    if (workers > 1) return;
    expect(dead).toHaveLength(LIMIT);
    await operator.leave();
    await proxy.stop();
    proxy = await startProxy({ ...options, redis });
    operator = await startOperator(proxy);
  });

  test("doctor --fix --older-than takes them away beside live calls, and no more than the limit ever run", async () => {
    await sleep(OLD_MS);
    proxy.upstream.reset();
    const living = Array.from({ length: LIMIT - dead.length }, () => chat("wait=20000"));
    await expect.poll(() => operator.redis.zcard(key.counter), { timeout: 60_000 }).toBe(LIMIT);
    expect(await chat()).toBe(429);
    const { status, json, stderr } = await operator.run(
      "doctor",
      "--fix",
      "--yes",
      "--older-than",
      OLD,
      "--limit",
      "5",
    );
    expect(json().repairs, stderr).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(status).toBe(0);
    backup = /([\w-]+)\.json$/.exec(json().backup)?.[1] ?? "";
    const left = await slots();
    expect(left.filter((slot) => dead.includes(slot))).toEqual([]);
    expect(left).toHaveLength(living.length);
    const more = await Promise.all(Array.from({ length: 12 }, () => chat("wait=2000")));
    expect(count(more, 200)).toBe(dead.length);
    expect(proxy.upstream.stats.peak).toBe(LIMIT);
    expect(await Promise.all(living)).toEqual(living.map(() => 200));
    // No worker that lives remembers the slots of one that died.
    expect(await inTurn(10 * workers, () => chat())).toEqual(Array(10 * workers).fill(200));
    expect(await burst(proxy, key, { calls: 15 })).toEqual({ admitted: LIMIT, peak: LIMIT });
  });

  test("undo puts the dead slots back one by one, and the next repair takes them away again", async () => {
    const undone = await operator.run("doctor", "undo", backup, "--yes");
    expect(undone.json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    expect((await slots()).sort()).toEqual([...dead].sort());
    expect((await burst(proxy, key, { calls: 15 })).admitted).toBe(LIMIT - dead.length);
    const again = await operator.run("doctor", "--fix", "--yes", "--older-than", OLD, "--limit", "5");
    expect(again.json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(again.status).toBe(0);
    expect(await operator.redis.exists(key.counter)).toBe(0);
    expect(await burst(proxy, key, { calls: 15 })).toEqual({ admitted: LIMIT, peak: LIMIT });
  });
});
