import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startLab } from "../../src/lab/proxy.js";
import { startRedis } from "../../src/lab/redis.js";
import { scene } from "../support/lab-harness.js";

test("many labs run in one process and on one Redis, each up at once", async () => {
  const redis = await startRedis();
  const began = performance.now();
  const labs = await Promise.all(Array.from({ length: 10 }, () => startLab({ redisUrl: redis.url })));
  expect(performance.now() - began).toBeLessThan(5000);
  expect(new Set(labs.flatMap(({ baseUrl, key }) => [baseUrl, key])).size).toBe(20);
  for (const lab of labs) await lab.stop();
  await redis.stop();
});

test.each([
  ["1.79.1", "prod:{api_key:H}:max_parallel_requests -1, {api_key:H}:max_parallel_requests 1, {api_key:H}:window"],
  ["1.91.5", "prod:{api_key:H}:max_parallel_requests 0, prod:{api_key:H}:window"],
])("with a namespace a failed call of %s leaves %s", async (version, left) => {
  const { lab, redis, connect } = await scene({ version, rpm: null, namespace: "prod" });
  expect(await connect().call("chat", { words: "status=500" })).toBe(500);
  const hash = lab.keys.find(lab.key)?.token ?? "";
  const found = (await redis.keys("*")).map(async (name) => {
    const shown = name.replace(hash, "H");
    return name.endsWith("window") ? shown : `${shown} ${await redis.get(name)}`;
  });
  expect((await Promise.all(found)).sort().join(", ")).toBe(left);
});

test("a client that leaves before the first byte keeps its slot until the provider answers", async () => {
  const { lab, redis, name } = await scene({ limit: 2 });
  const left = new AbortController();
  const call = fetch(`${lab.baseUrl}/v1/chat/completions`, {
    method: "POST",
    signal: left.signal,
    headers: { authorization: `Bearer ${lab.key}` },
    body: JSON.stringify({ model: "gpt-lab", messages: [{ role: "user", content: "wait=900" }] }),
  });
  while ((await redis.zcard(name)) === 0) await sleep(10);
  left.abort();
  await expect(call).rejects.toThrow();
  await sleep(200);
  expect([await redis.zcard(name), lab.stats().inFlight]).toEqual([1, 1]);
  await sleep(1200);
  expect([await redis.zcard(name), lab.stats().inFlight]).toEqual([0, 0]);
});

test("a provider that hangs is given up on, and the slot comes back", async () => {
  const { redis, name, connect } = await scene({ upstreamTimeoutMs: 300 });
  expect(await connect().call("chat", { words: "hang" })).toBe(408);
  expect(await redis.exists(name)).toBe(0);
});

test("what an answer writes can come late", async () => {
  const { redis, name, connect } = await scene({ lagMs: 400 });
  expect(await connect().call("chat")).toBe(200);
  expect(await redis.zcard(name)).toBe(1);
  await sleep(800);
  expect(await redis.exists(name)).toBe(0);
});

test("stopping ends open calls", async () => {
  const lab = await startLab();
  const { baseUrl, key } = lab;
  const call = fetch(`${baseUrl}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key },
    body: JSON.stringify({ model: "claude-lab", max_tokens: 5, messages: [{ role: "user", content: "hang" }] }),
  });
  while (lab.stats().inFlight === 0) await sleep(10);
  const ended = expect(call).rejects.toThrow();
  await lab.stop();
  await lab.stop();
  await ended;
});

test("a port in use is said, and leaves no Redis behind", async () => {
  const { lab } = await scene({});
  const servers = () => process.getActiveResourcesInfo().filter((kind) => kind === "ProcessWrap").length;
  const before = servers();
  expect(before).toBeGreaterThan(0);
  await expect(startLab({ port: Number(new URL(lab.baseUrl).port) })).rejects.toThrow(/EADDRINUSE/);
  expect(servers()).toBe(before);
});
