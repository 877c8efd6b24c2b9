import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../../src/lab/redis.js";
import { whichRedisRequests } from "./contract/about.js";
import { expectFixture } from "./contract/fixture.js";
import { askAll } from "./contract/suite.js";
import { type Operator, startOperator } from "./support/operator.js";
import { type Proxy as LitellmProxy, startProxy } from "./support/proxy.js";

/** No cache block: since this release REDIS_HOST in the environment makes up for it, and no endpoint says which Redis that is. */
describe("LiteLLM 1.109.1 with REDIS_HOST in its environment only", () => {
  const secret = "sk-counted-by-environment-1";
  let redis: PrivateRedis;
  let proxy: LitellmProxy;
  let operator: Operator;
  beforeAll(async () => {
    redis = await startRedis();
    proxy = await startProxy({
      version: "1.109.1",
      redis,
      keys: { [secret]: { max_parallel_requests: 2, rpm_limit: 1000 } },
      env: { REDIS_HOST: "127.0.0.1", REDIS_PORT: `${redis.port}` },
      configure: ({ litellm_settings: { cache, cache_params, ...rest }, ...config }) => ({
        ...config,
        litellm_settings: rest,
        router_settings: { ...config.router_settings, redis_host: "127.0.0.1", redis_port: 1 },
      }),
    });
    operator = await startOperator(proxy);
  }, 180_000);
  afterAll(async () => {
    await operator?.leave();
    await proxy?.stop();
    await redis?.stop();
  });

  test("says so of itself, and no more", async () => {
    const { found } = await askAll(proxy, whichRedisRequests);
    await expectFixture("environment-redis-1.109.1", found);
  });

  test("doctor takes nobody's word for it, and proves it by a call", async () => {
    const file = join(operator.home, "canary.key");
    await writeFile(file, secret, { mode: 0o600 });
    const look = async (...flags: string[]) => {
      const { json } = await operator.run("doctor", "--only", "same-redis", ...flags);
      return json().checks[0];
    };
    expect(await look()).toMatchObject({ status: "warn", detail: expect.stringMatching(/REDIS_… of its environment/) });
    expect(await look("--canary", "--key-file", file)).toMatchObject({
      status: "pass",
      detail: expect.stringMatching(/was counted in this Redis/),
    });
  });
});
