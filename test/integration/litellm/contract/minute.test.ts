import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Proxy as LitellmProxy, startProxy } from "../support/proxy.js";
import { expectFixture } from "./fixture.js";
import { parallelRefusals } from "./refusals.js";

/** The oldest limiter is still in later releases, behind a switch; 1.79.1 starts fastest. */
describe("LiteLLM 1.79.1 with the limiter of the releases before 1.77.2", () => {
  const key = "sk-one-call-at-once-0001";
  let proxy: LitellmProxy;
  beforeAll(async () => {
    proxy = await startProxy({
      version: "1.79.1",
      keys: { [key]: { max_parallel_requests: 1 } },
      env: { LEGACY_MULTI_INSTANCE_RATE_LIMITING: "True" },
    });
  }, 180_000);
  afterAll(() => proxy?.stop());

  test("refuses calls as recorded, and counts by minute", async () => {
    // At the turn of the minute the count starts again.
    const second = new Date().getSeconds();
    if (second > 50) await sleep((61 - second) * 1000);
    await expectFixture("refusals-minute", await parallelRefusals(proxy, key));
    const redis = new Redis(proxy.redis.url);
    try {
      const names = await redis.keys("*request_count");
      expect(names.join("\n")).toMatch(/^[0-9a-f]{64}::\d{4}-\d\d-\d\d-\d\d-\d\d::request_count$/m);
      expect(await redis.keys("{api_key*")).toEqual([]);
      for (const name of names) {
        expect(Object.keys(JSON.parse((await redis.get(name)) ?? ""))).toEqual([
          "current_requests",
          "current_tpm",
          "current_rpm",
        ]);
        expect(await redis.ttl(name)).toBeGreaterThan(0);
      }
    } finally {
      redis.disconnect();
    }
  });
});
