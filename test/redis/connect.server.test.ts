import { createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { EXIT } from "../../src/errors.js";
import { freePort, type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { connectRedis } from "../../src/redis/connect.js";
import { loadScript, runScript } from "../../src/redis/scripts.js";

const PASSWORD = "correct-horse-battery";
let server: PrivateRedis;

beforeAll(async () => {
  server = await startRedis({ args: ["--requirepass", PASSWORD] });
});
afterAll(() => server?.stop());

const connect = (url: string, timeoutMs = 2000) => connectRedis(parseRedisUrl(url, "url"), { timeoutMs });
const at = (login: string, db = 0) => `redis://${login}127.0.0.1:${server.port}/${db}`;

test("connects with a password and to the database that is asked for", async () => {
  const redis = await connect(at(`:${PASSWORD}@`, 3));
  await redis.client.set("here", "1");
  expect(await redis.client.info("keyspace")).toContain("db3:keys=1");
  expect(redis.address).toBe(`redis://127.0.0.1:${server.port}/3`);
  await redis.close();
});

test.each([
  ["a wrong password", () => at(":wrong-password-entirely@"), EXIT.denied, "redis-auth"],
  ["no password where one is needed", () => at(""), EXIT.denied, "redis-auth"],
  ["an unknown user", () => at(`nobody:${PASSWORD}@`), EXIT.denied, "redis-auth"],
  ["a database that is not there", () => at(`:${PASSWORD}@`, 99), EXIT.unreachable, "redis-db"],
])("says what is wrong with %s", async (_what, url, exit, code) => {
  await expect(connect(url())).rejects.toMatchObject({ exit, code });
  await expect(connect(url())).rejects.not.toThrow(PASSWORD);
});

test("says that nobody listens", async () => {
  const port = await freePort();
  await expect(connect(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({
    exit: EXIT.unreachable,
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("gives up on a server that accepts and stays silent", async () => {
  const port = await freePort();
  const silent = createServer(() => {}).listen(port, "127.0.0.1");
  const started = performance.now();
  await expect(connect(`redis://127.0.0.1:${port}`, 300)).rejects.toMatchObject({ exit: EXIT.unreachable });
  expect(performance.now() - started).toBeLessThan(3000);
  silent.close();
});

test("loads a script again after SCRIPT FLUSH", async () => {
  const redis = await connect(at(`:${PASSWORD}@`));
  const script = loadScript(new URL("../../src/litellm/counters/read.ts", import.meta.url).href, "read");
  await runScript(redis.client, script, ["none"], [1]);
  await redis.client.script("FLUSH");
  const [type, ttl] = (await runScript(redis.client, script, ["none"], [1])) as unknown[];
  expect([type, ttl]).toEqual(["none", -2]);
  await redis.close();
});
