import { stripVTControlCharacters } from "node:util";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { freePort, startRedis } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { startCli } from "../support/cli.js";
import { watchAtTerminal } from "./watched.js";

let lab: RunningLab;
let redis: Redis;
let env: Record<string, string>;
let counter: string;

beforeAll(async () => {
  lab = await startLab({ sick: "messages-never-release", limit: 8 });
  redis = new Redis(lab.redisUrl);
  env = { LITELLM_PROXY_URL: lab.baseUrl, LITELLM_MASTER_KEY: lab.masterKey, REDIS_URL: lab.redisUrl };
  counter = parallelKey(ownerOfSecret(lab.key));
});
afterAll(async () => {
  redis?.disconnect();
  await lab?.stop();
});
beforeEach(async () => {
  await redis.flushall();
  await redis.set(counter, "2");
});

const watching = ["dump", "--watch", "--every", "200ms"];

test.each([80, 160])(
  "at %i columns: draws in place, shows changes, and Ctrl-C leaves the terminal clean",
  async (cols) => {
    const run = watchAtTerminal(watching, { cols, rows: 12 }, env);
    await run.until(cols === 80 ? "███░░░░░░░ 2/8" : `${"█".repeat(6)}${"░".repeat(18)} 2/8`);
    await redis.incrby(counter, 3);
    await run.until(/5\/8 +\+3/);
    await redis.set(parallelKey("b".repeat(64)), "1", "EX", 60);
    await run.until(/new/);
    await redis.del(parallelKey("b".repeat(64)));
    await run.until(/gone/);
    for (const frame of run.frames()) {
      expect(frame.length).toBeLessThanOrEqual(12);
      for (const line of frame) expect(line.length).toBeLessThanOrEqual(cols);
    }
    run.type("\u0003");
    expect(await run.done).toBe(130);
    const [drawn, after] = run.written().split("\u001b[?1049l");
    expect(drawn?.endsWith("\u001b[?7h\u001b[?25h")).toBe(true);
    expect(stripVTControlCharacters(after ?? "")).toMatch(/OWNER +SHAPE +HELD/);
    expect(after).not.toContain("\u001b[?");
  },
);

test("without colour it draws the same, and SIGTERM ends it with 0", async () => {
  const run = watchAtTerminal(watching, { cols: 80, rows: 24 }, { ...env, NO_COLOR: "1" });
  await run.until("2/8");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for escape codes of colours
  expect(run.written()).not.toMatch(/\u001b\[[\d;]+m/);
  run.kill("SIGTERM");
  expect(await run.done).toBe(0);
  expect(run.written()).toContain("\u001b[?1049l");
});

test("goes on when Redis is back, and says meanwhile that it is away", async () => {
  const port = await freePort();
  let server = await startRedis({ port });
  const run = watchAtTerminal([...watching, "--redis-url", server.url], { cols: 100, rows: 10 }, {});
  await run.until("No limiter keys");
  await server.stop();
  await run.until(/ECONNREFUSED.*trying again|did not answer/);
  server = await startRedis({ port });
  const client = new Redis(server.url);
  await client.set(counter, "4");
  client.disconnect();
  await run.until(/new/);
  run.type("\u0003");
  expect(await run.done).toBe(130);
  await server.stop();
});

test("off a terminal it prints one line of JSON for each change", async () => {
  const run = startCli(watching, { env });
  const lines = async (count: number) => {
    for (let waited = 0; run.stdout().split("\n").length <= count && waited < 20_000; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return run
      .stdout()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  expect(await lines(1)).toMatchObject([{ schema: "llmctl.dump-change/1", change: "present", held: 2, limit: 8 }]);
  await redis.incrby(counter, 2);
  await lines(2);
  await redis.del(counter);
  expect((await lines(3)).map(({ change, heldBefore, held }) => [change, heldBefore, held])).toEqual([
    ["present", null, 2],
    ["changed", 2, 4],
    ["gone", 4, 4],
  ]);
  run.kill("SIGTERM");
  const { status, stdout, stderr } = await run.done;
  expect([status, stderr]).toEqual([0, ""]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for escape codes
  expect(stdout).not.toMatch(/\u001b/);
});

test("off a terminal Ctrl-C ends it with 130", async () => {
  const run = startCli([...watching, "--output", "csv"], { env });
  for (let waited = 0; !run.stdout() && waited < 20_000; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(run.stdout()).toMatch(/^schema,time,change,heldBefore,key,/);
  run.kill("SIGINT");
  expect((await run.done).status).toBe(130);
});

test.each([
  [["--every", "10ms"], /--every 10ms is too often/],
  [["--every", "often"], /--every/],
  [["--output", "markdown"], /--watch cannot print markdown/],
])("refuses %j", async (more, text) => {
  const { status, stderr } = await startCli(["dump", "--watch", ...more], { env }).done;
  expect(status).toBe(2);
  expect(stderr).toMatch(text);
});
