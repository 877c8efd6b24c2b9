import { describe, expect, test } from "vitest";
import { untilOpen } from "../contract/refusals.js";
import { startCustomer } from "../customer.js";
import { burst, callAnew, inTurn } from "../cycles/calls.js";
import { kill, workersOf } from "../cycles/workers.js";
import { ownedKey } from "../operator.js";
import { sceneOf } from "../scene.js";

const LIMIT = 5;

/** Both workers of a proxy are killed with as many calls in flight as the key may have, and started anew; clients go on retrying. */
describe("LiteLLM 1.91.5 with two workers that were killed: a lock that retries keep shut", () => {
  const key = ownedKey("stuck", "sk-five-calls-at-once-2");
  const limits = { [key.secret]: { max_parallel_requests: LIMIT, rpm_limit: 100_000 } };
  const scene = sceneOf("1.91.5", { keys: limits, workers: 2 });
  const chat = (text = "hello") => callAnew(scene.proxy, key, "chat", { text });
  const value = () => scene.operator.redis.get(key.counter);

  test("the counter of the dead stays at the limit as long as somebody retries", async () => {
    const { operator, proxy } = scene;
    const calls = Array.from({ length: LIMIT }, () => chat("hang"));
    await untilOpen(proxy, LIMIT);
    const before = await workersOf(proxy);
    for (const worker of before) kill(worker);
    expect(await Promise.all(calls)).toEqual(calls.map(() => 0));
    await expect.poll(async () => (await workersOf(proxy)).length, { timeout: 200_000, interval: 500 }).toBe(4);
    // A start that took longer than a window has let the counter die; the same calls then make it anew.
    await operator.redis.set(key.counter, `${LIMIT}`, "EX", 60);
    expect(new Set(await inTurn(6, chat))).toEqual(new Set([429]));
    expect(await value()).toBe(`${LIMIT}`);
  });

  test("doctor --fix frees it, the next calls are let in, and never more than the limit", async () => {
    const { operator, proxy } = scene;
    proxy.upstream.reset();
    const retrying = startCustomer({ proxy, key, route: "messages", pause: 3000, untilAdmitted: true });
    const { status, json, stderr } = await operator.run("doctor", "--fix", "--yes", "--limit", `${LIMIT}`);
    expect(json().repairs, stderr).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(status).toBe(0);
    await expect.poll(() => retrying.admittedAt(), { timeout: 60_000 }).toBeDefined();
    await retrying.leave();
    expect(new Set(retrying.statuses.slice(0, -1))).toEqual(new Set([429]));
    expect(await burst(proxy, key, { calls: 15 })).toEqual({ admitted: LIMIT, peak: LIMIT });
  });

  test("undo refuses what calls have touched since, and brings back what they have not", async () => {
    const { operator } = scene;
    const touched = await value();
    const refused = await operator.run("doctor", "undo");
    expect(refused.json().repairs).toMatchObject([{ key: key.counter, status: "refused" }]);
    expect(await value()).toBe(touched);
    await operator.redis.set(key.counter, `${LIMIT}`, "EX", 60);
    const flags = ["--fix", "--yes", "--idle", "--limit", `${LIMIT}`, "--key", key.hash];
    expect((await operator.run("doctor", ...flags)).json().repairs).toMatchObject([{ status: "done" }]);
    expect((await operator.run("doctor", "undo")).json().repairs).toMatchObject([{ status: "done" }]);
    expect(await value()).toBe(`${LIMIT}`);
  });
});
