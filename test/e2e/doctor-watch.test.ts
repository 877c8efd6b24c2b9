import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { freePort, startRedis } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { type RunningCli, runCli, startCli } from "../support/cli.js";
import { watchAtTerminal } from "./watched.js";

let lab: RunningLab;
let redis: Redis;
let home: string;
let env: Record<string, string>;
let counter: string;

beforeAll(async () => {
  lab = await startLab({ sick: "healthy", limit: 4 });
  redis = new Redis(lab.redisUrl);
  counter = parallelKey(ownerOfSecret(lab.key));
});
afterAll(async () => {
  redis?.disconnect();
  await lab?.stop();
});
/** Ended after each test, however it went: one that leads keeps the others from it. */
let open: { kill(signal: NodeJS.Signals): void; readonly done: Promise<unknown> }[] = [];
afterEach(async () => {
  for (const run of open) {
    run.kill("SIGKILL");
    await run.done;
  }
  open = [];
});
const started = <T extends (typeof open)[number]>(run: T): T => {
  open.push(run);
  return run;
};
beforeEach(async () => {
  await redis.flushall();
  if (home) await rm(home, { recursive: true, force: true });
  home = await mkdtemp(join(tmpdir(), "llmctl-e2e-watch-"));
  env = {
    ...{ LITELLM_PROXY_URL: lab.baseUrl, LITELLM_MASTER_KEY: lab.masterKey, REDIS_URL: lab.redisUrl },
    ...{ XDG_STATE_HOME: join(home, "state"), XDG_CONFIG_HOME: join(home, "config") },
  };
});

const seconds = async () => Number((await redis.time())[0]);
const watching = ["doctor", "--watch", "--every", "1s"];
const repairing = [...watching, "--fix", "--older-than", "15m", "--yes"];
/** The ticks that it has printed so far. */
const ticksOf = (run: RunningCli) =>
  run
    .stdout()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it is about
async function until(run: RunningCli, is: (tick: any) => boolean) {
  for (let waited = 0; waited < 30_000; waited += 50) {
    const found = ticksOf(run).find(is);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no such tick:\n${run.stdout()}\n${run.stderr()}`);
}

test("frees an aged slot, prints a line a tick, and SIGTERM ends it with 0", async () => {
  const now = await seconds();
  await redis.zadd(counter, now - 1000, "a".repeat(32), now, "b".repeat(32));
  const run = started(startCli([...repairing, "--output", "ndjson", "--metrics-port", "0"], { env }));
  const tick = await until(run, ({ repaired }) => repaired > 0);
  expect(tick).toMatchObject({
    schema: "llmctl.doctor-tick/1",
    role: "leader",
    leaked: 1,
    repairs: [{ status: "done" }],
  });
  expect(await redis.zrange(counter, "0", "-1")).toEqual(["b".repeat(32)]);
  const url = /metrics: (http:\S+)\/metrics/.exec(run.stderr())?.[1];
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/^llmctl_held\{owner="lab",namespace="",key="[0-9a-f]{12}"\} \d$/m);
  expect(metrics).toMatch(/^llmctl_repaired_total 1$/m);
  expect(metrics).not.toContain("sk-");
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  run.kill("SIGTERM");
  const { status, stderr } = await run.done;
  expect(status).toBe(0);
  expect(stderr).toMatch(/\d+ ticks?, 1 repair made[^\n]*\n$/);
  expect((await readdir(join(home, "state", "llmctl", "backups"))).length).toBe(2);
  expect((await runCli(["doctor", "undo", "--yes"], { env })).status).toBe(0);
  expect(await redis.zcard(counter)).toBe(2);
});

test("SIGINT ends it with 130 and says what was done; only reading leaves nothing in Redis", async () => {
  const run = started(startCli([...watching, "--older-than", "15m"], { env }));
  await until(run, () => true);
  run.kill("SIGINT");
  const { status, stderr } = await run.done;
  expect(status).toBe(130);
  expect(stderr).toMatch(/interrupted: \d+ ticks?, 0 repairs made/);
  expect(await redis.keys("*")).toEqual([]);
});

test.each([
  ["--fix without --yes", ["--fix", "--older-than", "15m"], /--watch --fix never asks\n +add --yes/],
  ["a run that is not there", ["--fix", "--yes", "--from-run", "last"], /no run is recorded/],
  ["an --every that is too short", ["--every", "0s"], /--every 0s is too often/],
])("%s is exit 2", async (_what, more, text) => {
  const { status, stderr, stdout } = await runCli(["doctor", "--watch", ...more], { env });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(text);
});

test("a metrics port that is in use is exit 2", async () => {
  const port = new URL(lab.baseUrl).port;
  const { status, stderr } = await runCli([...watching, "--metrics-port", port], { env });
  expect(status).toBe(2);
  expect(stderr).toMatch(/127\.0\.0\.1:\d+ is in use\n +name another port: --metrics-port 0/);
});

test("begins while Redis is down, says so once, and works when it is there", async () => {
  const port = await freePort();
  const run = started(
    startCli([...repairing, "--redis-url", `redis://127.0.0.1:${port}`], {
      env: { ...env, LITELLM_PROXY_URL: "" },
    }),
  );
  await until(run, ({ outcome, tick }) => outcome === "away" && tick >= 2);
  const server = await startRedis({ port });
  const there = await until(run, ({ outcome, role }) => outcome === "ok" && role === "leader");
  expect(there).toMatchObject({ why: "", keys: 0 });
  run.kill("SIGTERM");
  const { status, stderr } = await run.done;
  await server.stop();
  expect(status).toBe(0);
  expect(stderr.match(/ECONNREFUSED/g)?.length).toBe(1);
  expect(stderr).toMatch(/Redis answers again/);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test.each([80, 160])("at %i columns: draws in place what is wrong and what was done", async (cols) => {
  const run = started(watchAtTerminal(repairing, { cols, rows: 24 }, env));
  await run.until(/leads, 0 keys/);
  await redis.zadd(counter, (await seconds()) - 1000, "a".repeat(32));
  await run.until(/done +remove 1 of 1 slots/);
  const frame = await run.until(/llmctl doctor undo \d+-\d+-[0-9a-f]+/);
  expect(frame.join("\n")).toMatch(/1 repair made/);
  for (const one of run.frames()) {
    expect(one.length).toBeLessThanOrEqual(24);
    // The terminal puts a carriage return of its own before each line feed.
    for (const line of one) expect(line.replace(/\r$/, "").length).toBeLessThanOrEqual(cols);
  }
  run.type("\u0003");
  expect(await run.done).toBe(130);
  const after = stripVTControlCharacters(run.written().split("\u001b[?1049l")[1] ?? "");
  expect(after).toMatch(/remove 1 of 1 slots[\s\S]*1 repair made/);
});

test("--from-run and --max-repairs of one doctor --fix: exit 2 for a run that is not there, 3 for what is left", async () => {
  const missing = await runCli(["doctor", "--fix", "--yes", "--from-run", "20260101T000000-abcdef"], { env });
  expect([missing.status, missing.stderr]).toEqual([
    2,
    expect.stringMatching(/there is no run 20260101T000000-abcdef/),
  ]);
  const now = await seconds();
  for (const id of ["c", "d"]) await redis.zadd(parallelKey(id.repeat(64)), now - 1000, id.repeat(32));
  // The proxy does not list these keys.
  const args = ["doctor", "--fix", "--yes", "--older-than", "15m", "--all-namespaces", "--max-repairs", "1", "--json"];
  const { status, json } = await runCli(args, { env });
  expect(json().repairs.map((row: { status: string }) => row.status)).toEqual(["done", "planned"]);
  expect(status).toBe(3);
});
