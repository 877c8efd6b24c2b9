import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { freePort } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { runCli, startCli } from "../support/cli.js";

let sick: RunningLab;
let healthy: RunningLab;
let home: string;
const open: Redis[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "llmctl-e2e-"));
  sick = await startLab({ sick: "messages-never-release", limit: 2 });
  healthy = await startLab({ sick: "healthy", limit: 2 });
  await writeFile(join(home, "sick.txt"), sick.key);
  await writeFile(join(home, "healthy.txt"), healthy.key);
});
afterAll(async () => {
  for (const client of open) client.disconnect();
  await sick?.stop();
  await healthy?.stop();
  await rm(home, { recursive: true, force: true });
});

const envOf = (lab: RunningLab) => ({
  LITELLM_PROXY_URL: lab.baseUrl,
  LITELLM_MASTER_KEY: lab.masterKey,
  REDIS_URL: lab.redisUrl,
  XDG_STATE_HOME: join(home, "state"),
  XDG_CONFIG_HOME: join(home, "config"),
});

function clientOf(lab: RunningLab): Redis {
  const client = new Redis(lab.redisUrl);
  open.push(client);
  return client;
}

const stuckKey = () => parallelKey(ownerOfSecret(sick.key));

test("0: healthy", async () => {
  const args = ["probe", "/v1/chat/completions", "--stream", "--key-file", join(home, "healthy.txt"), "--json"];
  const { status, json } = await runCli(args, { env: envOf(healthy) });
  expect(json().verdict.status).toBe("healthy");
  expect(status).toBe(0);
});

// Linux and the BSDs have a device that is always full; macOS has none.
test.runIf(existsSync("/dev/full"))("1: the document could not be written", () => {
  const { status, stderr } = spawnSync("bash", ["-c", "node bin/llmctl.js --help >/dev/full"], { encoding: "utf8" });
  expect(stderr).toMatch(/could not be written/);
  expect(status).toBe(1);
});

test("2: a word that is not understood", async () => {
  expect((await runCli(["dump", "--output", "pdf"], { env: envOf(sick) })).status).toBe(2);
});

test("3: a leak; and doctor finds it, and --dry-run would change something", async () => {
  const args = ["probe", "/v1/messages", "--key-file", join(home, "sick.txt"), "--json"];
  const probe = await runCli(args, { env: envOf(sick) });
  expect(probe.json().verdict.findings[0].kind).toBe("leak");
  expect(probe.status).toBe(3);
  const doctor = await runCli(["doctor", "--json"], { env: envOf(sick) });
  expect(doctor.json().repairs).toMatchObject([{ key: stuckKey(), status: "planned" }]);
  expect(doctor.status).toBe(3);
  const before = await clientOf(sick).dump(stuckKey());
  const dry = await runCli(["doctor", "--fix", "--dry-run", "--yes"], { env: envOf(sick) });
  expect(dry.status).toBe(3);
  expect(await clientOf(sick).dump(stuckKey())).toEqual(before);
});

test("4: a wrong admin key", async () => {
  const env = { ...envOf(sick), LITELLM_MASTER_KEY: "sk-not-the-admin-key" };
  const { status, json } = await runCli(["keys", "list", "--json"], { env });
  expect(json().error.exit).toBe(4);
  expect(status).toBe(4);
});

test("5: nobody there", async () => {
  const env = { ...envOf(sick), LITELLM_PROXY_URL: `http://127.0.0.1:${await freePort()}` };
  expect((await runCli(["keys", "list"], { env })).status).toBe(5);
});

test("6: repaired, but the old state is there again", async () => {
  const client = clientOf(sick);
  await client.set(stuckKey(), "3");
  let ended = false;
  const relapse = (async () => {
    while (!ended) await client.set(stuckKey(), "3", "NX");
  })();
  const { status, json } = await runCli(["doctor", "--fix", "--yes", "--idle", "--json"], { env: envOf(sick) });
  ended = true;
  await relapse;
  expect(json().repairs).toMatchObject([{ status: "done", reason: expect.stringMatching(/not verified/) }]);
  expect(status).toBe(6);
});

test("7: nothing could be proved", async () => {
  const args = [
    "probe",
    "chat",
    "--key-file",
    join(home, "healthy.txt"),
    "--shared",
    "--limit",
    "50",
    "-n",
    "1",
    "--json",
  ];
  const { status, json } = await runCli(args, { env: { ...envOf(healthy), REDIS_URL: "" } });
  expect(json().verdict.status).toBe("inconclusive");
  expect(status).toBe(7);
});

test("130: interrupted, with what was seen saved", async () => {
  const args = ["probe", "chat", "--key-file", join(home, "healthy.txt"), "--prompt", "wait=60000", "--json"];
  const run = startCli(args, { env: envOf(healthy) });
  while (!run.stderr().includes("sends")) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 500));
  run.kill("SIGINT");
  const { status, stderr } = await run.done;
  expect(status).toBe(130);
  expect(stderr).not.toMatch(/\n\s+at /);
});
