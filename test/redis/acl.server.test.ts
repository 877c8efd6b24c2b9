import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { readKey } from "../../src/litellm/counters/read.js";
import { readLimiterKeys } from "../../src/litellm/counters/scan.js";
import { READ_RIGHTS } from "../../src/redis/acl.js";
import { connectRedis } from "../../src/redis/connect.js";
import { explainRedisError } from "../../src/redis/errors.js";
import { collect } from "../support/collect.js";
import { type PrivateCluster, startCluster } from "../support/redis-servers/cluster.js";

const SET = "{api_key:set}:max_parallel_requests";
const BIG = "{api_key:big}:max_parallel_requests";
const COUNT = "{api_key:count}:max_parallel_requests";
let server: PrivateRedis;
let cluster: PrivateCluster;
let admin: Redis;

beforeAll(async () => {
  server = await startRedis();
  cluster = await startCluster();
  admin = new Redis(`${server.url}/2`);
  await admin.zadd(SET, 1, "a", 2, "b");
  await admin.zadd(BIG, ...Array.from({ length: 30 }, (_, at) => [at, `m${at}`]).flat());
  await admin.set(COUNT, "1");
}, 60_000);
afterAll(async () => {
  admin?.disconnect();
  await Promise.all([server?.stop(), cluster?.stop()]);
});

const at = (port: number | undefined, db: number) => `redis://reader:reading@127.0.0.1:${port}/${db}`;

/** All that dump, probe and doctor do to read, as a user with these rights, scripts being new to the server. */
async function readAs(rights: readonly string[], admins: readonly Redis[], url: string): Promise<unknown> {
  for (const one of admins) {
    await one.call("ACL", "SETUSER", "reader", "reset", "on", ">reading", ...rights);
    await one.call("SCRIPT", "FLUSH");
  }
  const redis = await connectRedis(parseRedisUrl(url, "url"), { timeoutMs: 3000 });
  try {
    await readKey(redis.client, SET);
    await readKey(redis.client, COUNT);
    return (await collect(readLimiterKeys(redis, { slots: 1 }))).length;
  } catch (error) {
    throw explainRedisError(error, redis.address);
  } finally {
    await redis.close();
  }
}

const without = (right: string) => READ_RIGHTS.filter((one) => one !== right);
const commandOf = (right: string) => right.slice(1);

test("the listed rights are enough", async () => {
  expect(await readAs(READ_RIGHTS, [admin], at(server.port, 2))).toBe(3);
});

// A refused CLIENT SETNAME costs only the name; the rest of the list is about a Cluster or about keys.
const single = READ_RIGHTS.filter((right) => !/^~|setname|cluster/.test(right));
test.each(single)("without %s the error names the command", async (right) => {
  await expect(readAs(without(right), [admin], at(server.port, 2))).rejects.toMatchObject({
    code: "redis-permission",
    exit: 4,
    message: expect.stringContaining(`'${commandOf(right)}'`),
    hint: expect.stringContaining(right),
  });
});

test.each(["+cluster|slots", "+cluster|nodes"])("a Cluster without %s: the error names the command", async (right) => {
  const admins = cluster.members.map(({ client }) => client);
  await expect(readAs(without(right), admins, at(cluster.members[0]?.server.port, 0))).rejects.toMatchObject({
    code: "redis-permission",
    message: expect.stringContaining(`'${commandOf(right)}'`),
  });
});

test("without a right to the keys the error says so", async () => {
  await expect(readAs(without("~*"), [admin], at(server.port, 2))).rejects.toMatchObject({
    code: "redis-permission",
    message: expect.stringMatching(/no permissions to access (one of the keys|a key)/i),
  });
});

test("dump alone needs no right to write, not even by the keys", async () => {
  await admin.call("ACL", "SETUSER", "reader", "reset", "on", ">reading", ...without("~*"), "%R~*");
  const redis = await connectRedis(parseRedisUrl(at(server.port, 2), "url"), { timeoutMs: 3000 });
  expect(await collect(readLimiterKeys(redis, { slots: 1 }))).toHaveLength(3);
  await redis.close();
});

test("a right that a script lacks is told in the words of every server", () => {
  const words = [
    "NOPERM User reader has no permissions to run the 'time' command",
    "ERR The user executing the script can't run this command or subcommand script: 11f0, on @user_script:1.",
    "ERR ACL failure in script: User reader has no permissions to run the 'time' command script: on @user_script:1.",
    "ERR ACL failure in script: No permissions to access a key script: on @user_script:1.",
  ];
  for (const message of words) {
    expect(explainRedisError(new Error(message), "redis://127.0.0.1:6379/0")).toMatchObject({
      code: "redis-permission",
      exit: 4,
      message: expect.stringContaining(message),
    });
  }
});
