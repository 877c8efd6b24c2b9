import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, startCustomer } from "../customer.js";
import { type Operator, ownedKey, startOperator } from "../operator.js";
import { type Proxy as LitellmProxy, startProxy } from "../proxy.js";

const LIMIT = 2;
const LONG_MS = 100_000;

/**
 * Nothing is wrong here: 1.85.7 refuses for as long as the two calls run, and a client that retries renews the counter's expiry. All that
 * Redis shows for 65 s is what a lock looks like, and a counter that is deleted then lets a third call in.
 */
describe("LiteLLM 1.85.7: two calls of 100 s beside a client that retries every 3 s", () => {
  const key = ownedKey("busy", "sk-two-long-calls-at-once");
  let proxy: LitellmProxy;
  let operator: Operator;
  beforeAll(async () => {
    const limits = { max_parallel_requests: LIMIT, rpm_limit: 1000 };
    proxy = await startProxy({ version: "1.85.7", keys: { [key.secret]: limits } });
    operator = await startOperator(proxy);
  }, 300_000);
  afterAll(async () => {
    await operator?.leave();
    await proxy?.stop();
  });

  test("doctor --fix, unattended, leaves them alone, says what would be enough, and a third is never let in", async () => {
    const long = Array.from({ length: LIMIT }, () => ask(proxy, key, "chat", `wait=${LONG_MS}`));
    const allEnded = Promise.all(long).then(() => performance.now());
    await expect.poll(() => operator.redis.get(key.counter), { timeout: 20_000 }).toBe(`${LIMIT}`);
    const retrying = startCustomer({ proxy, key, route: "chat", text: "wait=5000", pause: 3000 });
    const { json, status, stderr } = await operator.run("doctor", "--fix", "--yes", "--limit", `${LIMIT}`);
    expect(proxy.upstream.stats).toMatchObject({ inFlight: LIMIT, peak: LIMIT, seen: LIMIT });
    expect(json().repairs, stderr).toEqual([]);
    expect(status).toBe(0);
    expect(json().next).toEqual([
      expect.stringMatching(/^llmctl doctor --fix --key .* --limit 2 --idle$/),
      expect.stringMatching(/^llmctl doctor --fix --limit 2 --longest-call 60s$/),
      expect.stringMatching(/^llmctl doctor --watch --fix --limit 2 --yes$/),
    ]);
    const locked = json().checks.find(({ id }: { id: string }) => id === "locked");
    expect(locked).toMatchObject({
      status: "warn",
      findings: [{ evidence: [expect.stringMatching(/looked locked for 65 s, but calls in flight look the same/)] }],
    });
    const endedMs = await allEnded;
    expect(await Promise.all(long)).toEqual([200, 200]);
    // Then a retry gets in, without anybody's help.
    await expect.poll(() => retrying.admittedAt(), { timeout: 30_000 }).toBeGreaterThanOrEqual(endedMs);
    await retrying.leave();
    expect(proxy.upstream.stats.peak).toBe(LIMIT);
    await sleep(2000);
  });
});
