import { describe, expect, test } from "vitest";
import { startCustomer } from "../customer.js";
import { burst, callAnew, inTurn } from "../cycles/calls.js";
import { ownedKey } from "../operator.js";
import { sceneOf } from "../scene.js";

const LIMIT = 5;

/**
 * Up to 1.90 with a namespace calls are counted under the plain name, and what the provider failed is taken off the prefixed one: five errors
 * lock the key, on every route. Up to 1.80.7 with an rpm limit that is for good.
 */
describe.each([1, 2])("LiteLLM 1.79.1 with a namespace and %i workers: a counter that nothing lowers", (workers) => {
  const key = ownedKey("spaced", "sk-five-at-once-spaced-01");
  const busy = ownedKey("busy", "sk-five-at-once-busy-0001");
  const one = { max_parallel_requests: LIMIT, rpm_limit: 100_000 };
  const limits = { [key.secret]: one, [busy.secret]: one };
  const scene = sceneOf("1.79.1", { keys: limits, workers, namespace: "prod" });
  const chat = (text = "hello") => callAnew(scene.proxy, key, "chat", { text });
  const fix = () => scene.operator.run("doctor", "--fix", "--yes", "--limit", `${LIMIT}`, "--longest-call", "60s");

  test("errors of the provider lock it, and retries do not free it", async () => {
    const { operator } = scene;
    expect(await inTurn(LIMIT, () => chat("status=500"))).toEqual(Array(LIMIT).fill(500));
    expect(await operator.redis.get(key.counter)).toBe(`${LIMIT}`);
    expect(await operator.redis.ttl(key.counter)).toBe(-1);
    expect(Number(await operator.redis.get(`prod:${key.counter}`))).toBeLessThanOrEqual(-LIMIT);
    expect(new Set(await inTurn(6, chat))).toEqual(new Set([429]));
  });

  test("doctor --fix frees the plain name beside a busy key, and the next calls are let in", async () => {
    const { proxy } = scene;
    const working = startCustomer({ proxy, key: busy, route: "chat", text: "wait=3000", pause: 200, lanes: 2 });
    const retrying = startCustomer({ proxy, key, route: "chat", pause: 3000, untilAdmitted: true });
    const { status, json, stderr } = await fix();
    const repairedAt = performance.now();
    expect(json().repairs, stderr).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(status).toBe(0);
    await expect.poll(() => retrying.admittedAt(), { timeout: 75_000 }).toBeDefined();
    expect((retrying.admittedAt() as number) - repairedAt).toBeLessThan(63_000);
    proxy.upstream.reset();
    await Promise.all([retrying.leave(), working.leave()]);
    expect(new Set(working.statuses)).toEqual(new Set([200]));
    await expect.poll(async () => (await inTurn(10 * workers, chat)).includes(429), { timeout: 75_000 }).toBe(false);
    const { admitted, peak } = await burst(proxy, key, { calls: 12 });
    expect({ admitted, peak }).toEqual({ admitted: LIMIT, peak: LIMIT });
  });

  test("undo brings the number back where nothing has touched it, else it refuses and says so", async () => {
    const { operator } = scene;
    // The calls since have made a new counter under the same name.
    const refused = await operator.run("doctor", "undo");
    expect(refused.json().repairs).toMatchObject([{ key: key.counter, status: "refused" }]);
    expect(refused.status).toBe(3);
    await operator.redis.del(key.counter);
    await operator.redis.set(key.counter, `${LIMIT}`);
    const fixed = await operator.run("doctor", "--fix", "--yes", "--idle", "--key", key.hash);
    expect(fixed.json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    const undone = await operator.run("doctor", "undo");
    expect(undone.json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(await operator.redis.get(key.counter)).toBe(`${LIMIT}`);
    expect(await operator.redis.ttl(key.counter)).toBe(-1);
  });
});
