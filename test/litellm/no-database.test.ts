import { afterAll, beforeAll, describe, test } from "vitest";
import { type Proxy as LitellmProxy, startProxy } from "../proxy.js";
import { aboutRequests } from "./about.js";
import { adminRequests } from "./admin.js";
import { expectFixture } from "./fixture.js";
import { askAll } from "./suite.js";

describe("LiteLLM 1.95.0 without a database", () => {
  const key = "sk-no-limit-at-all-0001";
  let proxy: LitellmProxy;
  beforeAll(async () => {
    proxy = await startProxy({ version: "1.95.0", keys: { [key]: { max_parallel_requests: 100 } } });
  }, 180_000);
  afterAll(() => proxy?.stop());

  test("answers the admin API and tells of itself as recorded", async () => {
    const { found } = await askAll(proxy, [...adminRequests, ...aboutRequests(key)]);
    await expectFixture("no-database-1.95.0", found);
  });
});
