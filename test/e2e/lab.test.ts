import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startRedis } from "../../src/lab/redis.js";
import { labDocument } from "../../src/output/documents/lab.js";
import { type CliOptions, runCli, startCli } from "../support/cli.js";

/** A running `llmctl lab --json` and the document it printed. */
async function lab(args: readonly string[], options: CliOptions = {}) {
  const run = startCli(["lab", "--json", ...args], options);
  for (let waited = 0; !run.stdout().trimEnd().endsWith("}"); waited += 50) {
    if (waited > 20_000) throw new Error(`the lab did not start: ${run.stderr()}`);
    await sleep(50);
  }
  return { run, document: labDocument.parse(JSON.parse(run.stdout())) };
}

const call = (baseUrl: string, key: string) =>
  fetch(`${baseUrl}/v1/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "claude-lab", max_tokens: 5, messages: [{ role: "user", content: "hello" }] }),
  });

test("prints how to reach it, locks its key as LiteLLM 1.79.1 does, and ends with 0 on SIGTERM with its Redis gone", async () => {
  const { run, document } = await lab(["--limit", "2"]);
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await call(document.baseUrl, document.key ?? "")).status);
  expect(statuses).toEqual([200, 200, 429, 429]);
  const redis = new Redis(document.redisUrl, { lazyConnect: true, retryStrategy: null });
  redis.on("error", () => undefined);
  expect(await redis.keys("*max_parallel_requests")).toHaveLength(1);
  redis.disconnect();
  run.kill("SIGTERM");
  expect(await run.done).toMatchObject({ status: 0 });
  await expect(redis.connect()).rejects.toThrow();
  await expect(call(document.baseUrl, document.key ?? "")).rejects.toThrow();
});

test("with --release it has only that release's own bugs", async () => {
  const { run, document } = await lab(["--release", "1.95.0", "--limit", "2"]);
  expect(document).toMatchObject({ version: "1.95.0", sickness: "as-released" });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await call(document.baseUrl, document.key ?? "")).status);
  // Messages of its Anthropic model are given back in 1.95.0.
  expect(statuses).toEqual([200, 200, 200]);
  run.kill("SIGTERM");
  await run.done;
});

test("leaves no Redis behind when it is killed", async () => {
  const { run, document } = await lab(["--bug", "healthy"]);
  run.kill("SIGKILL");
  await run.done;
  const reached = () =>
    new Promise<boolean>((resolve) => {
      const socket = createConnection(Number(new URL(document.redisUrl).port), "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  for (let waited = 0; await reached(); waited += 50) {
    if (waited > 10_000) throw new Error("its Redis still answers after 10 s");
    await sleep(50);
  }
});

test("ends with 130 on Ctrl-C, and prints its document once", async () => {
  const { run } = await lab(["--bug", "healthy"]);
  run.kill("SIGINT");
  const { status, stdout } = await run.done;
  expect(status).toBe(130);
  expect(stdout.match(/"schema"/g)).toHaveLength(1);
});

test("uses the keys and the Redis it is given and shows neither key", async () => {
  const folder = await mkdtemp(join(tmpdir(), "llmctl-test-"));
  const redis = await startRedis();
  try {
    const file = join(folder, "key");
    await writeFile(file, "sk-planted-lab-key-0001\n");
    const adminFile = join(folder, "admin-key");
    await writeFile(adminFile, "sk-planted-admin-key-0001\n");
    const env = { LITELLM_PROXY_API_KEY: "sk-planted-key-of-a-real-proxy", REDIS_URL: "redis://127.0.0.1:1" };
    const given = ["--key-file", file, "--api-key-file", adminFile, "--redis-url", redis.url];
    const { run, document } = await lab([...given, "--sick", "healthy"], { env });
    expect(document).toMatchObject({ key: null, masterKey: null, version: "1.109.1", redisUrl: `${redis.url}/0` });
    expect((await call(document.baseUrl, "sk-planted-lab-key-0001")).status).toBe(200);
    const headers = { authorization: "Bearer sk-planted-admin-key-0001" };
    const listed = await fetch(`${document.baseUrl}/key/list?return_full_object=true`, { headers });
    expect(((await listed.json()) as { keys: { key_alias: string }[] }).keys[0]?.key_alias).toBe("lab");
    run.kill("SIGTERM");
    const { stdout, stderr } = await run.done;
    expect(stdout + stderr).not.toMatch(/planted/);
  } finally {
    await redis.stop();
    await rm(folder, { recursive: true });
  }
});

test("takes no admin key from the environment: it may be that of a real proxy", async () => {
  const { run, document } = await lab([], { env: { LITELLM_MASTER_KEY: "sk-planted-key-of-a-real-proxy" } });
  expect(document.masterKey).toMatch(/^sk-lab-admin-/);
  run.kill("SIGTERM");
  await run.done;
});

test.each([
  [["--port", "99999"], /--port 99999 is no port/],
  [["--bug", "tired"], /unknown bug: tired.*one of: healthy, messages-never-release/s],
  [["--sick", "tired"], /unknown bug: tired/],
  [["--limit", "0"], /--limit 0/],
  [["--release", "1.60.0"], /1\.77\.2/],
  [["--window", "1500ms"], /whole seconds/],
])("refuses %j as usage", async (args, said) => {
  const { status, stderr } = await runCli(["lab", ...args]);
  expect(status).toBe(2);
  expect(stderr).toMatch(said);
});
