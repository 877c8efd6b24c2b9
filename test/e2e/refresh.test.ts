import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { runCli, startCli } from "../support/cli.js";
import { Connection } from "../support/lab-connection.js";

let lab: RunningLab;
let home: string;
const limit = () => lab.keys.find(lab.key)?.max_parallel_requests;

beforeAll(async () => {
  lab = await startLab({ sick: "responses-never-release", limit: 2, answerMs: 150 });
  home = await mkdtemp(join(tmpdir(), "llmctl-refresh-"));
  await writeFile(join(home, "key.txt"), lab.key);
});
/** As many completed calls as the limit leak, then the slots are taken out of Redis: the worker goes on refusing. */
beforeEach(async () => {
  const [worker, redis] = [new Connection(lab), new Redis(lab.redisUrl)];
  await worker.calls(2, "responses", { model: "claude-lab" });
  await redis.del(parallelKey(ownerOfSecret(lab.key)));
  expect(await worker.call("chat")).toBe(429);
  redis.disconnect();
  await worker.close();
});
afterAll(async () => {
  await lab?.stop();
  await rm(home, { recursive: true, force: true });
});

const env = () => ({
  HOME: home,
  XDG_STATE_HOME: join(home, "state"),
  LITELLM_PROXY_URL: lab.baseUrl,
  LITELLM_MASTER_KEY: lab.masterKey,
  REDIS_URL: lab.redisUrl,
});
const llmctl = (...args: string[]) => runCli(args, { env: env(), cwd: home });
const refreshing = ["doctor", "--refresh-mirrors", "--key-file", "key.txt", "--workers", "1", "--yes", "--json"];

/** Starts a refresh and sends it a signal as soon as the limit is raised. */
async function hit(signal: NodeJS.Signals) {
  const running = startCli(refreshing, { env: env(), cwd: home });
  while (limit() !== 3 && running.stdout() === "") await sleep(2);
  expect(limit(), running.stdout() + running.stderr()).toBe(3);
  running.kill(signal);
  return running.done;
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s while the limit is raised: it is set back, and the exit is 130",
  async (signal) => {
    const { status, stderr, stdout } = await hit(signal);
    expect(status, stderr).toBe(130);
    expect(limit()).toBe(2);
    expect(stdout + stderr).not.toContain(lab.key);
  },
);

test("undisturbed it frees the key, and a second one has nothing to do", async () => {
  for (const repairs of [1, 0]) {
    const { status, stderr, json } = await llmctl(...refreshing);
    expect(status, stderr).toBe(0);
    expect(json().repairs).toHaveLength(repairs);
    expect(limit()).toBe(2);
  }
  const worker = new Connection(lab);
  expect(await worker.call("chat")).toBe(200);
  await worker.close();
});

// Last: a doctor that is killed keeps its lock for 15 s.
test("killed while the limit is raised, the next doctor tells, and undo sets it back", async () => {
  expect(await hit("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
  expect(limit()).toBe(3);
  const told = await llmctl("doctor", "--json");
  expect(told.status).toBe(3);
  expect(told.stdout).toContain(`llmctl keys update ${ownerOfSecret(lab.key)} --mpr 2`);
  expect((await llmctl("doctor", "undo", "--yes", "--json")).status).toBe(0);
  expect(limit()).toBe(2);
});
