import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { runCli } from "../support/cli.js";

/** Two deployments share a Redis: the lab's is dev, the other is prod and has one call in flight for two seconds. */
let lab: RunningLab;
let redis: Redis;
let home: string;
const prod = parallelKey("e".repeat(64), "prod");
let dev: string;

beforeAll(async () => {
  lab = await startLab({ sick: "healthy", limit: 2, namespace: "dev" });
  redis = new Redis(lab.redisUrl);
  dev = parallelKey(ownerOfSecret(lab.key), "dev");
  home = await mkdtemp(join(tmpdir(), "llmctl-e2e-ownership-"));
});
afterAll(async () => {
  redis?.disconnect();
  await lab?.stop();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  await redis.flushall();
  const now = Number((await redis.time())[0]);
  await redis.zadd(dev, now - 1300, "1".repeat(32));
  await redis.zadd(prod, now - 2, "3".repeat(32));
});

const state = () => ({ XDG_STATE_HOME: join(home, "state"), XDG_CONFIG_HOME: join(home, "config") });

test("by Redis alone: doctor --fix --idle of dev leaves prod's slot where it is", async () => {
  const where = ["--redis-url", lab.redisUrl, "--redis-namespace", "dev"];
  const args = ["doctor", ...where, "--limit", "2", "--fix", "--idle", "--yes", "--only", "counters", "--json"];
  const { status, json, stderr } = await runCli(args, { env: state() });
  expect(json().repairs, stderr).toMatchObject([{ key: dev, status: "done" }]);
  expect(status).toBe(0);
  expect([await redis.exists(dev), await redis.zcard(prod)]).toEqual([0, 1]);
});

test("with dev's proxy, which tells its namespace: the same, for --older-than too, and the table says what was left alone", async () => {
  await redis.zadd(prod, 1_790_000_000, "4".repeat(32));
  const env = {
    ...{ LITELLM_PROXY_URL: lab.baseUrl, LITELLM_MASTER_KEY: lab.masterKey, REDIS_URL: lab.redisUrl },
    ...state(),
  };
  const { status, stdout, stderr } = await runCli(["doctor", "--fix", "--older-than", "15m", "--yes"], { env });
  expect(stderr).toMatch(/plan: 1 repair/);
  expect(status).toBe(0);
  expect([await redis.exists(dev), await redis.zcard(prod)]).toEqual([0, 2]);
  expect(stdout.replace(/\s+/g, " ")).toContain("1 counter not yours and left alone");
});
