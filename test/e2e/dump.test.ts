import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { runCli } from "../support/cli.js";

const PASSWORD = "planted-redis-password";
const SECRET = "sk-planted-secret-key-0001";
let server: PrivateRedis;
let client: Redis;
let url: string;
const web: Server[] = [];

/** A proxy that answers every request in one way. */
async function proxy(status: number, type: string, body: string): Promise<string> {
  const one = createServer((_request, response) => response.writeHead(status, { "content-type": type }).end(body));
  web.push(one.listen(0, "127.0.0.1"));
  await new Promise((resolve) => one.once("listening", resolve));
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  server = await startRedis({ args: ["--requirepass", PASSWORD] });
  url = `redis://:${PASSWORD}@127.0.0.1:${server.port}`;
  client = new Redis(url);
  await client.set(parallelKey(ownerOfSecret(SECRET)), "3");
  await client.zadd(parallelKey(ownerOfSecret("sk-b")), 1_790_000_000, "b".repeat(32));
});
afterAll(async () => {
  client?.disconnect();
  await server?.stop();
  for (const one of web) one.close();
});

test("shows stuck and healthy keys, stdout holding the table and nothing else", async () => {
  const { status, stdout, stderr } = await runCli(["dump"], { env: { REDIS_URL: url } });
  expect(status).toBe(0);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/OWNER +SHAPE +HELD +LIMIT +TTL +OLDEST +STATE +WHY/);
  expect(stdout).toMatch(/windowed +3 +- +none \(-1\)/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for escape codes
  expect(stdout).not.toMatch(/\u001b/);
});

test("gives the same keys as JSON, as lines of JSON and as CSV", async () => {
  const env = { REDIS_HOST: "127.0.0.1", REDIS_PORT: `${server.port}`, REDIS_PASSWORD: PASSWORD };
  const json = (await runCli(["dump", "--json"], { env })).json();
  expect(json).toMatchObject({ schema: "llmctl.dump/1", truncated: false, proxy: null });
  const lines = (await runCli(["--output", "ndjson", "dump"], { env })).stdout.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).key)).toEqual(json.keys.map((key: { key: string }) => key.key));
  const csv = (await runCli(["dump", "--output=csv"], { env })).stdout.split("\r\n");
  expect(csv[0]).toContain("key,namespace,owner.kind,owner.id,owner.alias,shape");
  expect(csv).toHaveLength(json.keys.length + 2);
});

test("finds the key in a file or on stdin without showing it", async () => {
  const { stdout, stderr, status } = await runCli(["dump", "--key-file", "-", "--json"], {
    env: { REDIS_URL: url },
    input: `${SECRET}\n`,
  });
  expect(status).toBe(0);
  expect(JSON.parse(stdout).keys).toHaveLength(1);
  expect(stdout + stderr).not.toContain(SECRET);
});

test("ends with 0 when the reader has seen enough", () => {
  const script = `set -o pipefail; node bin/llmctl.js dump --output ndjson | head -1 >/dev/null`;
  expect(spawnSync("bash", ["-c", script], { env: { ...process.env, REDIS_URL: url } }).status).toBe(0);
});

test.each([
  ["no Redis named", [], {}, 2, /no Redis was named/],
  ["an unknown flag", ["--nonsense"], {}, 2, /unknown option '--nonsense'/],
  ["an unknown format", ["--output", "pdf"], {}, 2, /use one of: table, json/],
  ["a secret as an argument", [SECRET], { REDIS_URL: "redis://127.0.0.1" }, 2, /--key-file/],
  ["a URL of something else", ["--redis-url", "http://127.0.0.1"], {}, 2, /redis:\/\//],
])("%s: one clear error", async (_what, args, env, exit, text) => {
  const { status, stdout, stderr } = await runCli(["dump", ...args], { env: env as Record<string, string> });
  expect(status).toBe(exit);
  expect(stdout).toBe("");
  expect(stderr).toMatch(text);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr).not.toContain(SECRET);
});

test("a wrong password is exit 4, a wrong port exit 5, and neither shows the password", async () => {
  const wrong = await runCli(["dump", "--json"], {
    env: { REDIS_URL: url.replace(PASSWORD, "another-password-here") },
  });
  expect(wrong.status).toBe(4);
  expect(wrong.json()).toMatchObject({ schema: "llmctl.error/1", error: { code: "redis-auth", exit: 4 } });
  const down = await runCli(["dump", "--json"], { env: { REDIS_URL: url.replace(/:\d+$/, `:${await freePort()}`) } });
  expect(down.status).toBe(5);
  expect(down.json().error.message).toContain("ECONNREFUSED");
  for (const { stdout, stderr } of [wrong, down]) {
    expect(stdout + stderr).not.toMatch(new RegExp(`${PASSWORD}|another-password-here`));
  }
});

test.each([
  ["HTML", 200, "text/html", "<html>hello</html>", /no JSON: this is not LiteLLM/],
  ["a 500", 500, "text/plain", "Internal Server Error", /with 500: Internal Server Error/],
  ["another API", 200, "application/json", '{"hello":"world"}', /other JSON than LiteLLM/],
])("a proxy that answers %s is named, and what Redis shows is shown", async (_what, status, type, body, text) => {
  const baseUrl = await proxy(status, type, body);
  const env = { REDIS_URL: url, LITELLM_PROXY_URL: baseUrl, LITELLM_MASTER_KEY: "sk-planted-master-key" };
  const result = await runCli(["dump", "--json"], { env });
  expect(result.status).toBe(0);
  expect(result.json().keys).toHaveLength(2);
  expect(result.stderr).toMatch(text);
  expect(result.stdout + result.stderr).not.toContain("planted-master-key");
});
