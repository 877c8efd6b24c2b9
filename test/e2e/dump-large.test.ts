import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { runCli, startCli } from "../support/cli.js";

const KEYS = 40_000;
const FILL = `
for at = 1, ${KEYS} do
  local name = "{api_key:" .. string.format("%064x", at) .. "}:max_parallel_requests"
  if at % 1000 == 0 then redis.call("ZADD", name, 1000000000, "old") else redis.call("SET", name, at % 5) end
end`;
let server: PrivateRedis;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startRedis();
  env = { REDIS_URL: server.url };
  const client = new Redis(server.url);
  await client.eval(FILL, 0);
  client.disconnect();
});
afterAll(() => server?.stop());

test("ndjson and csv list every key once, and the most urgent of the first first", async () => {
  const { stdout, status } = await runCli(["dump", "--output", "ndjson"], { env });
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(status).toBe(0);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(KEYS);
  expect(rows).toHaveLength(KEYS);
  expect(rows[0].state).toBe("stuck");
  const csv = (await runCli(["dump", "--output", "csv"], { env })).stdout.split("\r\n");
  expect(csv[0]).toMatch(/^key,namespace,owner.kind,owner.id,owner.alias,shape/);
  expect(csv.filter((line) => line.startsWith("{api_key:"))).toHaveLength(KEYS);
  expect(csv.filter((line) => line.startsWith("key,"))).toHaveLength(1);
});

test("json lists 10,000, with every stuck key among them, and says how many there are", async () => {
  const { json } = await runCli(["dump", "--json"], { env });
  const document = json();
  expect(document).toMatchObject({ truncated: true, total: KEYS, states: { stuck: 40, ok: KEYS - 40 } });
  expect(document.keys).toHaveLength(10_000);
  expect(document.keys.slice(0, 40).every(({ state }: { state: string }) => state === "stuck")).toBe(true);
});

test("the table shows 500 and says how to see all", async () => {
  const { stdout } = await runCli(["dump"], { env });
  expect(stdout).toContain(`The 500 most urgent of ${KEYS} keys (39960 ok, 40 stuck).`);
  expect(stdout).toContain("--output ndjson");
  expect(stdout.match(/windowed/g)).toHaveLength(460);
});

test("ends with 130 when it is interrupted in the middle", async () => {
  const client = new Redis(server.url);
  const run = startCli(["dump", "--output", "ndjson"], { env });
  while (!run.stdout()) await new Promise((resolve) => setTimeout(resolve, 1));
  await client.call("CLIENT", "PAUSE", 2000, "ALL");
  run.kill("SIGINT");
  const { status, stderr } = await run.done;
  expect([status, stderr]).toEqual([130, expect.stringContaining("interrupted: Redis was only read")]);
  client.disconnect();
});
