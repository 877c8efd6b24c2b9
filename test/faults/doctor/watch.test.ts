import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../../src/lab/redis.js";
import { parallelKey } from "../../../src/litellm/key-name.js";
import type { DoctorTick } from "../../../src/output/documents/doctor-tick.js";
import { readSteps } from "../../../src/repair/journal.js";
import { counter, member } from "../../support/doctor-fixture.js";
import { buildDoctor } from "./build.js";

let built: string;
let server: PrivateRedis;
let client: Redis;
let stateDir: string;
let children: ChildProcess[] = [];

beforeAll(async () => {
  built = await buildDoctor();
}, 600_000);
afterAll(async () => {
  if (built) await rm(built, { recursive: true, force: true });
});
beforeEach(async () => {
  server = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  client = new Redis(server.url, { retryStrategy: () => 100 });
  client.on("error", () => undefined);
  stateDir = await mkdtemp(join(tmpdir(), "llmctl-watch-"));
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  client.disconnect();
  await server.stop();
  await rm(stateDir, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly ticks: readonly DoctorTick[];
  until(is: (tick: DoctorTick) => boolean, from?: number): Promise<DoctorTick>;
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

function start(flags: object = { olderThan: "15m" }): Run {
  const words = [built, JSON.stringify({ url: server.url, stateDir, flags })];
  const child = fork(fileURLToPath(new URL("reconciler.mjs", import.meta.url)), words, {
    stdio: "inherit",
    execArgv: [],
  });
  children.push(child);
  const ticks: DoctorTick[] = [];
  child.on("message", (tick: DoctorTick) => void (tick.schema && ticks.push(tick)));
  return {
    child,
    ticks,
    async until(is, from = 0) {
      for (let waited = 0; waited < 60_000; waited += 20) {
        const found = ticks.slice(from).find(is);
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`no such tick:\n${ticks.map((tick) => JSON.stringify(tick)).join("\n")}`);
    },
    async end(signal) {
      const exit = once(child, "exit");
      child.kill(signal);
      const [code, by] = await exit;
      return code ?? by;
    },
  };
}

const plant = async (n: number) =>
  void (await client.zadd(parallelKey(`${n}`.repeat(64)), Number((await client.time())[0]) - 2000, member(n)));

test("when the one that leads is killed, the other leads within the life of the lock, and frees what comes", async () => {
  const first = start();
  await first.until(({ role }) => role === "leader");
  const second = start();
  await second.until(({ role }) => role === "standby");
  expect(await first.end("SIGKILL")).toBe("SIGKILL");
  const died = performance.now();
  await plant(1);
  expect(await second.until(({ repaired }) => repaired > 0)).toMatchObject({ role: "leader" });
  // 15 s is the lock's life; a look each second and a busy machine come on top.
  expect(performance.now() - died).toBeLessThan(25_000);
  expect(second.ticks.every(({ role, repaired }) => role === "leader" || repaired === 0)).toBe(true);
  expect(await client.keys("*api_key*")).toEqual([]);
});

test("one that is stopped past its lock makes no repair when it goes on: another leads", async () => {
  const first = start();
  await first.until(({ role }) => role === "leader");
  const second = start();
  await second.until(({ role }) => role === "standby");
  first.child.kill("SIGSTOP");
  await second.until(({ role }) => role === "leader");
  const from = first.ticks.length;
  first.child.kill("SIGCONT");
  await plant(1);
  await second.until(({ repaired }) => repaired > 0);
  await first.until(({ role }) => role === "standby", from);
  expect(first.ticks.slice(from).reduce((sum, { repaired }) => sum + repaired, 0)).toBe(0);
});

test("goes on when Redis is killed and started again, and leads and repairs then", async () => {
  const { port, dir } = server;
  const run = start();
  await run.until(({ role }) => role === "leader");
  await server.kill();
  const away = await run.until(({ outcome }) => outcome === "away");
  expect(away.why).toMatch(/did not answer/);
  server = await startRedis({ port, dir, args: ["--appendonly", "yes", "--appendfsync", "always"] });
  const from = run.ticks.length;
  await plant(1);
  await run.until(({ repaired }) => repaired > 0, from);
  expect(await client.keys("*api_key*")).toEqual([]);
  expect(await run.end("SIGTERM")).toBe(0);
});

test("goes on when Redis comes back with nothing in it, not even the lock", async () => {
  const { port } = server;
  const run = start();
  await run.until(({ role }) => role === "leader");
  await server.stop();
  await run.until(({ outcome }) => outcome === "away");
  server = await startRedis({ port });
  const from = run.ticks.length;
  await plant(1);
  await run.until(({ repaired }) => repaired > 0, from);
  expect(await client.keys("*api_key*")).toEqual([]);
});

test("SIGTERM between two repairs: what was done is journalled, the rest stays, the lock is given back, exit 0", async () => {
  for (let n = 0; n < 9; n++) await plant(n);
  const run = start({ olderThan: "15m", pace: "1/s" });
  while ((await client.keys("*api_key*")).length === 9) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await run.end("SIGTERM")).toBe(0);
  const left = (await client.keys("*api_key*")).length;
  expect(left).toBeGreaterThan(0);
  const tick = run.ticks.at(-1);
  const done = tick?.repairs.filter(({ status }) => status === "done").length ?? 0;
  expect(done).toBe(9 - left);
  expect(tick?.repairs.filter(({ status, reason }) => status === "refused" && reason === "interrupted").length).toBe(
    left,
  );
  const steps = await readSteps(`${tick?.backup?.replace(".json", ".journal.ndjson")}`);
  expect(steps.filter(({ step }) => step === "done").length).toBe(done);
  expect(await client.zcard("llmctl:{doctor}:leases")).toBe(0);
});

test("a standby sends Redis nothing that writes", async () => {
  const first = start();
  await first.until(({ role }) => role === "leader");
  const watcher = new Redis(server.url);
  const monitor = await watcher.monitor();
  const seen: [command: string, source: string][] = [];
  monitor.on("monitor", (_time: string, [command = ""]: string[], source: string) =>
    seen.push([command.toLowerCase(), source]),
  );
  first.child.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 200));
  seen.length = 0;
  const second = start();
  await second.until(({ tick }) => tick >= 3);
  monitor.disconnect();
  watcher.disconnect();
  expect(second.ticks.every(({ role }) => role === "standby")).toBe(true);
  const names = [...new Set(seen.map(([command]) => command))];
  expect(names).toContain("evalsha");
  const infos = (await client.call("COMMAND", "INFO", ...names)) as ([string, number, string[]] | null)[];
  expect(names.filter((_, at) => infos[at]?.[2].includes("write"))).toEqual([]);
});

test("its memory is the same after many ticks", async () => {
  for (let n = 0; n < 9; n++) await client.set(parallelKey(`${n}`.repeat(64)), "3");
  const run = start({ olderThan: "15m", limit: "3" });
  await run.until(({ tick }) => tick >= 3);
  const exit = once(run.child, "exit");
  const told: { heapUsed?: number }[] = [];
  run.child.on("message", (message: object) => void told.push(message));
  await run.until(({ tick }) => tick >= 15);
  run.child.kill("SIGTERM");
  await exit;
  const heap = told.find(({ heapUsed }) => heapUsed !== undefined)?.heapUsed ?? Number.POSITIVE_INFINITY;
  expect(heap / 2 ** 20).toBeLessThan(100);
  expect(run.ticks.at(-1)).toMatchObject({ keys: 9, watching: 9 });
});

test("two keys in one place are never freed by two at once: the journals have each repair once", async () => {
  const [first, second] = [start(), start()];
  await Promise.all([first.until(() => true), second.until(() => true)]);
  for (let n = 0; n < 5; n++) await plant(n);
  await client.zadd(counter, Number((await client.time())[0]), member(1));
  while ((await client.keys("*api_key*")).length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const rows = [...first.ticks, ...second.ticks].flatMap(({ repairs }) =>
    repairs.map(({ id, status }) => `${id} ${status}`),
  );
  expect(rows.length).toBe(5);
  expect(new Set(rows).size).toBe(5);
  expect(await client.zcard(counter)).toBe(1);
});
