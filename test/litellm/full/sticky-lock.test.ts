import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../../src/lab/redis.js";
import { untilOpen } from "../contract/refusals.js";
import { ask, startCustomer } from "../customer.js";
import { burst } from "../cycles/calls.js";
import { type Operator, ownedKey, startOperator } from "../operator.js";
import { type Proxy as LitellmProxy, startProxy } from "../proxy.js";

const LIMIT = 5;

/**
 * A pod of LiteLLM 1.91.5 with two workers dies with as many calls in flight as the key may have; clients go on retrying at the next pod. The whole
 * pod, since its workers are not started anew when they are killed.
 */
describe("LiteLLM 1.91.5: a lock that retries keep shut", () => {
  const stuck = ownedKey("stuck", "sk-five-calls-at-once-1");
  const busy = ownedKey("busy", "sk-five-more-at-once-01");
  const limits = { max_parallel_requests: LIMIT, rpm_limit: 100_000 };
  const options = { version: "1.91.5" as const, workers: 2, keys: { [stuck.secret]: limits, [busy.secret]: limits } };
  let redis: PrivateRedis;
  let proxy: LitellmProxy;
  let operator: Operator;
  beforeAll(async () => {
    redis = await startRedis();
    const first = await startProxy({ ...options, redis });
    try {
      for (let calls = 0; calls < LIMIT; calls++) ask(first, stuck, "chat", "hang").catch(() => undefined);
      await untilOpen(first, LIMIT);
      process.kill(-first.pid, "SIGKILL");
    } finally {
      await first.stop();
    }
    proxy = await startProxy({ ...options, redis });
    operator = await startOperator(proxy);
    // A start that took longer than a window has let the counter die; it stood as those calls had left it.
    await operator.redis.set(stuck.counter, `${LIMIT}`, "EX", 60);
  }, 300_000);
  afterAll(async () => {
    await operator?.leave();
    await proxy?.stop();
    await redis?.stop();
  });

  test("doctor --fix tells it from a busy key, frees it, and the next call is admitted", async () => {
    const retrying = startCustomer({ proxy, key: stuck, route: "messages", pause: 3000, untilAdmitted: true });
    const working = startCustomer({ proxy, key: busy, route: "messages", text: "wait=4000", pause: 200, lanes: LIMIT });
    const { json, status, stderr } = await operator.run(
      ...["doctor", "--fix", "--yes", "--limit", `${LIMIT}`],
      // The busy calls take 4 s.
      ...["--longest-call", "60s"],
    );
    const repairedAt = performance.now();
    expect(json().repairs, stderr).toMatchObject([{ key: stuck.counter, status: "done" }]);
    expect(status).toBe(0);
    await expect.poll(() => retrying.admittedAt(), { timeout: 10_000 }).toBeDefined();
    expect((retrying.admittedAt() as number) - repairedAt).toBeLessThan(5000);
    await Promise.all([retrying.leave(), working.leave()]);
    expect(new Set(retrying.statuses.slice(0, -1))).toEqual(new Set([429]));
    // 1.91.5 gives back up to two seconds after the answer, so the busy key is refused now and then, and never for long.
    expect(working.statuses.filter((each) => each === 200).length).toBeGreaterThan(30);
    expect(await operator.redis.exists(busy.counter)).toBe(1);
  });

  test("what it freed is never held by more than the limit", async () => {
    expect(await burst(proxy, stuck, { calls: 15 })).toEqual({ admitted: LIMIT, peak: LIMIT });
  });

  test("undo refuses what calls have touched since, and brings back what they have not", async () => {
    const value = () => operator.redis.get(stuck.counter);
    // It gives back up to two seconds after the answer, some calls twice: the counter goes below zero.
    await sleep(3000);
    const touched = await value();
    expect(Number(touched)).toBeLessThanOrEqual(0);
    const refused = await operator.run("doctor", "undo");
    expect(refused.json().repairs).toMatchObject([{ key: stuck.counter, status: "refused" }]);
    expect(await value()).toBe(touched);
    await operator.redis.set(stuck.counter, `${LIMIT}`, "EX", 60);
    const flags = ["--fix", "--yes", "--idle", "--limit", `${LIMIT}`, "--key", stuck.hash];
    expect((await operator.run("doctor", ...flags)).json().repairs).toMatchObject([{ status: "done" }]);
    expect((await operator.run("doctor", "undo")).json().repairs).toMatchObject([{ status: "done" }]);
    expect(await value()).toBe(`${LIMIT}`);
  });
});
