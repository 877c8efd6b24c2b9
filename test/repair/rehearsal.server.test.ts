import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { redisFrom } from "../../src/config/redis.js";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import type { RedisSettings } from "../../src/config/settings.js";
import { doctor } from "../../src/doctor/command.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { connectRedis } from "../../src/redis/connect.js";
import { hashSlot, hashTag } from "../../src/redis/hash-slot.js";
import { listBackups } from "../../src/repair/backup.js";
import { rehearseUndo } from "../../src/repair/rehearsal.js";
import { counter, member } from "../support/doctor-fixture.js";
import { errorOf, session } from "../support/keys-session.js";
import { TOPOLOGIES } from "../support/redis-topologies.js";

let server: PrivateRedis | undefined;
afterEach(() => server?.stop());

async function open(url: string) {
  const redis = await connectRedis(parseRedisUrl(url, "url"), { timeoutMs: 5000 });
  onTestFinished(() => redis.close());
  return redis;
}

test.each(["RESTORE", "DUMP", "DEL"])(
  "a server on which %s is renamed is exit 2 before anything was repaired",
  async (command) => {
    server = await startRedis({ args: ["--rename-command", command, `SECRET-${command}`] });
    const stateDir = await mkdtemp(join(tmpdir(), "llmctl-rehearsal-"));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const { client } = await open(server.url);
    await client.set(counter, "3");
    const { context } = session({ redis: parseRedisUrl(server.url, "url"), stateDir, yes: true });
    const error = await errorOf(doctor(context, { fix: true, idle: true }));
    expect(error, error.message).toMatchObject({ exit: 2, code: "no-undo", message: expect.stringContaining(command) });
    expect(await client.get(counter)).toBe("3");
    expect(await listBackups(stateDir)).toEqual([]);
  },
);

test("without --fix nothing is tried", async () => {
  server = await startRedis();
  const { client } = await open(server.url);
  await client.zadd(counter, 1_790_000_000, member(1));
  const { context } = session({ redis: parseRedisUrl(server.url, "url") });
  await client.config("RESETSTAT");
  await doctor(context, { idle: true });
  const { context: dry } = session({ redis: parseRedisUrl(server.url, "url"), dryRun: true });
  await doctor(dry, { fix: true, idle: true });
  const stats = await client.info("commandstats");
  for (const command of ["restore", "dump", "del", "zadd", "pexpire"])
    expect(stats).not.toContain(`cmdstat_${command}:`);
});

test("it leaves nothing behind, and its keys end by themselves should it die", async () => {
  server = await startRedis();
  const redis = await open(server.url);
  const seen: number[] = [];
  const { client } = redis;
  const del = client.del.bind(client);
  client.del = (async (...keys: string[]) => {
    for (const key of keys) seen.push(await client.pttl(key));
    return del(...keys);
  }) as typeof client.del;
  await rehearseUndo(redis, [counter]);
  expect(await client.keys("*")).toEqual([]);
  expect(seen).toHaveLength(2);
  for (const ttl of seen) expect(ttl).toSatisfy((ms: number) => ms > 0 && ms <= 10_000);
});

test("in a Cluster it is tried on each node that holds a key of the plan, and on no other", {
  timeout: 60_000,
}, async () => {
  const topology = await (TOPOLOGIES["a Cluster"] as () => ReturnType<(typeof TOPOLOGIES)[string]>)();
  onTestFinished(() => topology.stop());
  const redis = await connectRedis(redisFrom({}, topology.writer ?? topology.env, undefined) as RedisSettings, {
    timeoutMs: 5000,
  });
  onTestFinished(() => redis.close());
  const nodes = redis.nodes();
  const owners = [...((await redis.cluster?.map())?.values() ?? [])].filter(({ slots }) => slots.size > 0).length;
  expect(owners).toBeGreaterThan(1);
  for (const node of nodes) await node.config("RESETSTAT");
  await rehearseUndo(redis, [counter, counter]);
  const restores = await Promise.all(
    nodes.map(async (node) => Number(/cmdstat_restore:calls=(\d+)/.exec(await node.info("commandstats"))?.[1] ?? 0)),
  );
  expect(restores.filter((count) => count > 0)).toEqual([1]);
  const many = Array.from({ length: 40 }, (_, at) => `{api_key:${at}}:max_parallel_requests`);
  await rehearseUndo(redis, many);
  const after = await Promise.all(
    nodes.map(async (node) => Number(/cmdstat_restore:calls=(\d+)/.exec(await node.info("commandstats"))?.[1] ?? 0)),
  );
  expect(after.reduce((sum, count) => sum + count, 0)).toBe(1 + owners);
  expect(after.filter((count) => count > 0)).toHaveLength(owners);
});

test("slots are those of the Cluster specification", () => {
  expect(hashSlot("123456789")).toBe(0x31c3);
  expect(hashSlot("foo{hash_tag}")).toBe(hashSlot("hash_tag"));
  expect([hashTag("a{b}c{d}"), hashTag("a{}b{c}"), hashTag("plain"), hashTag("a{b")]).toEqual([
    ...["b", "a{}b{c}", "plain", "a{b"],
  ]);
});
