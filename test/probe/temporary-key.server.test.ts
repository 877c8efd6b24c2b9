import { expect, onTestFinished, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { type LabOptions, startLab } from "../../src/lab/proxy.js";
import { startRedis } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { TemporaryCounters } from "../../src/probe/temporary-counters.js";
import { connectRedis } from "../../src/redis/connect.js";
import { json, startGateway } from "../support/gateway-stub.js";
import { runProbe } from "../support/probe-session.js";

const MADE = "sk-temporary-0123456789";
const PRODUCTION = ownerOfSecret("sk-production-0123456789");

async function openRedis() {
  const server = await startRedis();
  const redis = await connectRedis(parseRedisUrl(server.url, "url"), { timeoutMs: 5000 });
  onTestFinished(async () => {
    await redis.close();
    await server.stop();
  });
  return { url: server.url, redis, client: redis.client };
}

async function openLab(options: LabOptions = {}) {
  const lab = await startLab(options);
  onTestFinished(() => lab.stop());
  return lab;
}

const countersOf = (owner: string) =>
  ["max_parallel_requests", "window", "requests", "tokens"].map((field) => `{api_key:${owner}}:${field}`);

/** A proxy that makes keys and answers as `made` says. */
async function startMaker(made: object) {
  const gateway = await startGateway((response, { path }) => {
    if (path.startsWith("/key/generate")) return json(response, 200, made);
    if (path.startsWith("/key/update")) return json(response, 200, {});
    if (path.startsWith("/key/delete")) return json(response, 200, { deleted_keys: [] });
    if (path.startsWith("/v1/models")) return json(response, 200, { data: [{ id: "m" }] });
    json(response, 200, { choices: [] });
  });
  onTestFinished(() => gateway.stop());
  return gateway;
}

const bodiesOf = ({ received }: Awaited<ReturnType<typeof startMaker>>, path: string) =>
  received.filter((one) => one.path.startsWith(path)).map(({ body }) => body);

test.each([
  ["token", { key: MADE, token: PRODUCTION }],
  ["token_id", { key: MADE, token_id: PRODUCTION }],
])(
  "a reply whose %s is the hash of another key is refused: that key's counters stay, and the one made is deleted",
  async (_, made) => {
    const { url, client } = await openRedis();
    for (const name of countersOf(PRODUCTION)) await client.set(name, "3");
    const gateway = await startMaker(made);
    const probed = await runProbe("chat", {
      ...{ baseUrl: gateway.url, apiKey: "sk-admin-0123456789", redisUrl: url },
      flags: { tempKey: true, mpr: "2" },
    });
    expect(probed.error).toMatchObject({
      exit: 5,
      code: "other-key",
      message: expect.stringMatching(/was deleted again/),
    });
    expect(await client.mget(...countersOf(PRODUCTION))).toEqual(["3", "3", "3", "3"]);
    expect(bodiesOf(gateway, "/key/delete")).toEqual([{ keys: [ownerOfSecret(MADE)] }]);
    expect(bodiesOf(gateway, "/key/update")).toEqual([]);
    expect(JSON.stringify([probed.said, probed.error?.message, probed.files])).not.toContain(MADE);
  },
);

test("a key that is none of LiteLLM's is refused, and nothing is sent about it", async () => {
  const { url, client } = await openRedis();
  await client.set(parallelKey("custom-auth-key-of-another"), "3");
  const gateway = await startMaker({ key: "custom-auth-key-of-another", token: "custom-auth-key-of-another" });
  const probed = await runProbe("chat", {
    ...{ baseUrl: gateway.url, apiKey: "sk-admin-0123456789", redisUrl: url },
    flags: { tempKey: true, mpr: "2" },
  });
  expect(probed.error).toMatchObject({ exit: 5, code: "other-key" });
  expect(await client.get(parallelKey("custom-auth-key-of-another"))).toBe("3");
  expect(bodiesOf(gateway, "/key/delete")).toEqual([]);
});

test("where nothing of the calls was seen, nothing is deleted in that Redis", async () => {
  const lab = await openLab();
  const { url, client } = await openRedis();
  await client.config("RESETSTAT");
  const probed = await runProbe("chat", {
    ...{ baseUrl: lab.baseUrl, apiKey: lab.masterKey, redisUrl: url },
    flags: { tempKey: true, mpr: "2" },
  });
  expect(probed.document?.verdict.doubts.map(({ id }) => id)).toContain("other-redis");
  expect(probed.said).toMatch(/deleted the temporary key; nothing of its calls was seen in this Redis/);
  expect(await client.info("commandstats")).not.toMatch(/cmdstat_(del|unlink):/);
  expect(lab.keys.newestFirst().filter(({ key_alias }) => key_alias?.startsWith("llmctl-probe"))).toEqual([]);
});

test.each([undefined, "prod"])(
  "counters in a namespace go with the key, when %j was named and when it had to be found",
  async (redisNamespace) => {
    const lab = await openLab({ namespace: "prod", sick: "messages-never-release" });
    const probed = await runProbe("messages", {
      ...{ baseUrl: lab.baseUrl, apiKey: lab.masterKey, redisUrl: lab.redisUrl },
      ...(redisNamespace && { redisNamespace }),
      flags: { tempKey: true, mpr: "2" },
    });
    expect(probed.said).toContain("deleted the temporary key and its counters");
    const redis = await connectRedis(parseRedisUrl(lab.redisUrl, "url"), { timeoutMs: 5000 });
    onTestFinished(() => redis.close());
    expect(await redis.client.keys(`*${probed.document?.target.key}*`)).toEqual([]);
  },
);

test("a proxy that names a production key's own secret does not get its counters deleted", async () => {
  const lab = await openLab();
  const owner = ownerOfSecret(lab.key);
  const { url, client } = await openRedis();
  for (const name of countersOf(owner)) await client.set(name, "3");
  const gateway = await startMaker({ key: lab.key, token: owner });
  const probed = await runProbe("chat", {
    ...{ baseUrl: gateway.url, apiKey: lab.masterKey, redisUrl: url },
    flags: { tempKey: true, mpr: "2" },
  });
  expect(probed.said).toMatch(/nothing of its calls was seen/);
  expect(await client.mget(...countersOf(owner))).toEqual(["3", "3", "3", "3"]);
});

test("a key whose time could not be set is deleted again", async () => {
  const gateway = await startGateway((response, { path }) => {
    if (path.startsWith("/key/generate")) return json(response, 200, { key: MADE, token: ownerOfSecret(MADE) });
    if (path.startsWith("/key/delete")) return json(response, 200, { deleted_keys: [] });
    json(response, 500, { error: { message: "no" } });
  });
  onTestFinished(() => gateway.stop());
  const probed = await runProbe("chat", { baseUrl: gateway.url, apiKey: "sk-admin", flags: { tempKey: true } });
  expect(probed.exit).not.toBe(0);
  expect(bodiesOf(gateway, "/key/delete")).toEqual([{ keys: [ownerOfSecret(MADE)] }]);
});

/** A reader that saw our calls under a name. */
const saw = (sawOurCalls: boolean, namespace: string | null = null) => ({ sawOurCalls, namespace });

test("only what was not there before the first call is removed, and only as it was read", async () => {
  const { redis, client } = await openRedis();
  const owner = ownerOfSecret(MADE);
  const [slots = "", ...rates] = countersOf(owner);
  const counters = new TemporaryCounters(owner);
  await client.set(`prod:${rates[1]}`, "7");
  await counters.look(redis, ["prod"]);
  await client.zadd(slots, 1_790_000_000, "one", 1_790_000_001, "two");
  for (const name of rates) await client.set(name, "1");
  expect(await counters.remove(redis, saw(false))).toBeUndefined();
  expect(await counters.remove(redis, null)).toBeUndefined();
  expect(await client.dbsize()).toBe(5);
  expect(await counters.remove(redis, saw(true))).toBe(4);
  expect(await client.keys("*")).toEqual([`prod:${rates[1]}`]);
});

test("a counter that moves between the look and the act is read again", async () => {
  const { redis, client } = await openRedis();
  const [slots = ""] = countersOf(ownerOfSecret(MADE));
  const counters = new TemporaryCounters(ownerOfSecret(MADE));
  await counters.look(redis, []);
  await client.zadd(slots, 1_790_000_000, "one");
  const evalsha = client.evalsha.bind(client) as (...words: unknown[]) => Promise<unknown>;
  let moved = 0;
  client.evalsha = (async (...words: unknown[]) => {
    // The act itself names type and count; a read does not.
    if (words.includes("zset")) {
      moved++;
      if (moved <= 2) await client.zadd(slots, 1_790_000_000 + moved, `late-${moved}`);
    }
    return evalsha(...words);
  }) as typeof client.evalsha;
  expect(await counters.remove(redis, saw(true))).toBe(1);
  expect(moved).toBe(3);
  expect(await client.exists(slots)).toBe(0);
});
