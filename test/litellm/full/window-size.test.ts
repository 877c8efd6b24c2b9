import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, startCustomer } from "../customer.js";
import { type Operator, ownedKey, startOperator } from "../operator.js";
import { type Proxy as LitellmProxy, startProxy } from "../proxy.js";

const WINDOW = { LITELLM_RATE_LIMIT_WINDOW_SIZE: "300" };

describe("LiteLLM 1.79.1 with a window of 300 s", () => {
  const key = ownedKey("slow", "sk-a-window-of-five-minutes");
  let proxy: LitellmProxy;
  let operator: Operator;
  beforeAll(async () => {
    proxy = await startProxy({
      version: "1.79.1",
      keys: { [key.secret]: { max_parallel_requests: 3, rpm_limit: 1000 } },
      env: WINDOW,
    });
    operator = await startOperator(proxy);
  }, 300_000);
  afterAll(async () => {
    await operator?.leave();
    await proxy?.stop();
  });

  test("a worker goes on refusing after the repair, and no longer than was told", async () => {
    for (const status of [200, 200, 200, 429]) expect(await ask(proxy, key, "messages")).toBe(status);
    const fix = ["doctor", "--fix", "--idle", "--yes", "--limit", "3"];
    const { json, status, stderr } = await operator.runWith({ env: WINDOW }, ...fix);
    expect(json().repairs, stderr).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(status).toBe(0);
    const [reach] = json().outOfReach;
    expect(reach.text).toMatch(/in the last 300 s may refuse for up to 300 s more/);
    const untilMs = Date.parse(reach.until);
    expect(untilMs - Date.parse(json().at)).toBeGreaterThan(299_000);
    expect(await operator.redis.exists(key.counter)).toBe(0);
    const retrying = startCustomer({ proxy, key, route: "messages", pause: 5000, untilAdmitted: true });
    await expect.poll(() => retrying.admittedAt(), { timeout: 330_000, interval: 500 }).toBeDefined();
    await retrying.leave();
    expect(Date.now()).toBeLessThanOrEqual(untilMs + 6000);
    // Longer than the 60 s of other windows: that was promised once.
    expect(retrying.statuses.filter((each) => each === 429).length).toBeGreaterThan(60 / 5);
  });
});
