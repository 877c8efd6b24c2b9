import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { freePort } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { counter, member, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { type ProxyStub, startProxyStub } from "../support/proxy-stub.js";
import { startWatch, type Watching } from "../support/watch-session.js";

let fixture: ServerFixture;
let run: Watching | undefined;
let stub: ProxyStub | undefined;
const redis = () => fixture.redis.client;
const [dev, prod] = [`dev:${counter}`, parallelKey("e".repeat(64), "prod")];

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());
afterEach(async () => {
  await run?.end();
  await stub?.stop();
  [run, stub] = [undefined, undefined];
});

async function plant(key: string, age: number) {
  await redis().zadd(key, Number((await redis().time())[0]) - age, member(1));
}

test("a watch repairs, measures and tells what is its deployment's, and counts the rest in one number", async () => {
  const port = await freePort();
  await plant(dev, 1300);
  await plant(prod, 1300);
  await redis().set(`prod:${counter}`, "9");
  const flags = { fix: true, olderThan: "15m", limit: "1", metricsPort: `${port}` };
  run = startWatch(fixture, flags, { ...yes, redisNamespace: "dev" });
  const first = await run.until(({ repaired }) => repaired === 1);
  expect(first).toMatchObject({ keys: 1, otherKeys: 2, held: 1, leaked: 1, left: 0, watching: 0 });
  expect(first.repairs).toMatchObject([{ key: dev, status: "done" }]);
  const next = await run.until(({ keys }) => keys === 0, run.ticks.length);
  expect(next).toMatchObject({ otherKeys: 2, held: 0, leaked: 0, watching: 0 });
  expect(await redis().zcard(prod)).toBe(1);
  for (const { key } of run.ticks.flatMap(({ changes }) => changes)) expect(key ?? "").not.toContain("prod");
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(text).toMatch(/^llmctl_other_keys 2$/m);
  expect(text).toMatch(/^llmctl_keys 0$/m);
  expect(text).not.toContain("prod");
});

test("a proxy that goes away keeps its namespace and its keys for the watch", async () => {
  const paths = { "/coordination_redis/settings": { body: { source: "cache_backend", values: { namespace: "dev" } } } };
  stub = await startProxyStub({ version: "1.109.1", paths });
  const [plain, unlisted] = [counter, parallelKey("e".repeat(64), "dev")];
  const settings = { ...yes, baseUrl: stub.baseUrl, apiKey: "sk-master-of-a-test-04" };
  run = startWatch(fixture, { fix: true, olderThan: "15m" }, settings);
  await run.until(({ role }) => role === "leader");
  await stub.stop();
  stub = undefined;
  for (const key of [plain, unlisted, dev]) await plant(key, 1300);
  const tick = await run.until(({ repaired }) => repaired > 0);
  expect(tick.repairs).toMatchObject([{ key: dev, status: "done" }]);
  const later = await run.until(() => true, run.ticks.length);
  expect(later).toMatchObject({ keys: 0, otherKeys: 2, repaired: 0 });
  expect(await redis().exists(plain, unlisted)).toBe(2);
});
