import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { runCli } from "../support/cli.js";
import { type Answer, startHostile } from "./hostile.js";
import { runAtTerminal } from "./terminal.js";

const ADMIN = "sk-admin-of-production-0123456789";
const PRODUCTION = ownerOfSecret("sk-production-0123456789");
const counter = parallelKey(PRODUCTION);

let server: PrivateRedis;
let redis: Redis;
let home: string;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});
beforeEach(async () => {
  await redis.flushall();
  home = await mkdtemp(join(tmpdir(), "llmctl-trust-e2e-"));
  const made = home;
  onTestFinished(() => rm(made, { recursive: true, force: true }));
});

const state = (...names: string[]) => join(home, "state", "llmctl", ...names);
const env = (more: Record<string, string> = {}) => ({ HOME: home, XDG_STATE_HOME: join(home, "state"), ...more });
const llmctl = (args: string[], more: Record<string, string> = {}) => runCli(args, { env: env(more), cwd: home });

/** A server that answers as it is told, and keeps every byte that was sent to it. */
async function hostile(answer: Answer) {
  const one = await startHostile(answer);
  onTestFinished(() => one.stop());
  return one;
}

test("a proxy that names a production key's hash in /key/generate gets none of its counters deleted", async () => {
  const names = ["max_parallel_requests", "window", "requests", "tokens"].map(
    (field) => `{api_key:${PRODUCTION}}:${field}`,
  );
  for (const name of names) await redis.set(name, "3");
  const proxy = await hostile((path) =>
    path.startsWith("/key/generate")
      ? { key: "sk-temporary-0123456789", token: PRODUCTION }
      : path.startsWith("/v1/models")
        ? { data: [{ id: "m" }] }
        : {},
  );
  const run = await llmctl(
    ["probe", "chat", "--temp-key", "--base-url", proxy.url, "--redis-url", server.url, "--json"],
    {
      LITELLM_MASTER_KEY: ADMIN,
    },
  );
  expect(run.status, run.stderr).toBe(5);
  expect(run.stderr).toMatch(/the hash of another/);
  expect(await redis.mget(...names)).toEqual(["3", "3", "3", "3"]);
  const sent = proxy.received();
  expect(sent).not.toContain(PRODUCTION);
  expect(sent.match(/^POST \/key\/delete/gm)).toHaveLength(1);
  expect(sent).toContain(ownerOfSecret("sk-temporary-0123456789"));
});

/** A refresh that was interrupted at this address. */
async function interruptedAt(baseUrl: string): Promise<void> {
  await mkdir(state("refreshes"), { recursive: true, mode: 0o700 });
  const raise = {
    step: "raise",
    at: "2026-11-23T09:00:00.000Z",
    baseUrl,
    key: PRODUCTION,
    alias: null,
    from: 2,
    to: 3,
  };
  await writeFile(state("refreshes", "20261123-090000000-aaaaaa.ndjson"), `${JSON.stringify(raise)}\n`);
}

test("undo sends nothing to an address that stands in a file, and says what to type", async () => {
  const staging = await hostile(() => ({}));
  await interruptedAt(staging.url);
  const run = await llmctl(["doctor", "undo", "--yes", "--redis-url", server.url, "--json"], {
    LITELLM_MASTER_KEY: ADMIN,
  });
  expect(run.status, run.stderr).toBe(2);
  expect(run.stderr).toContain(`llmctl doctor undo --base-url ${staging.url}`);
  expect((await llmctl(["doctor", "--redis-url", server.url, "--json"], { LITELLM_MASTER_KEY: ADMIN })).status).toBe(3);
  expect(staging.connections()).toBe(0);
});

test("with another proxy named, the interrupted refresh is shown as one elsewhere, and only the named one is called", async () => {
  const staging = await hostile(() => ({}));
  const production = await hostile(() => ({}));
  await interruptedAt(staging.url);
  const run = await llmctl(
    ["doctor", "undo", "--yes", "--base-url", production.url, "--redis-url", server.url, "--json"],
    { LITELLM_MASTER_KEY: ADMIN },
  );
  expect(run.stderr).toContain(`that was at ${staging.url}, which is not the proxy that was named`);
  expect(run.status).toBe(2);
  expect(run.stderr).toMatch(/there is no backup/);
  expect([staging.connections(), production.connections()]).toEqual([0, 0]);
});

test("a forged backup restores no foreign key and writes no journal, whatever is typed", async () => {
  await redis.set("session:admin", "forged");
  const dump = (await redis.dumpBuffer("session:admin"))?.toString("base64") ?? "";
  await redis.del("session:admin");
  await mkdir(state("backups"), { recursive: true, mode: 0o700 });
  const act = { kind: "release-counter", key: "session:admin", value: "forged", endless: true, lowerBy: null };
  const saved = { type: "string", ttlMs: -1, timeMs: Date.now(), dump, value: "forged", members: [] };
  const entry = { repair: "r1", action: "delete", evidence: [], act, saved };
  const forged = {
    schema: "llmctl.backup/1",
    id: "../../../outside",
    at: "",
    redis: `${server.url}/0`,
    entries: [entry],
  };
  await writeFile(state("backups", "20261123-090000000-aaaaaa.json"), JSON.stringify(forged));
  const done = { step: "done", repair: "r1", at: "" };
  await writeFile(join(home, "outside.journal.ndjson"), `${JSON.stringify(done)}\n`);
  const before = await readFile(join(home, "outside.journal.ndjson"), "utf8");
  for (const more of [["--yes"], ["--dry-run"], []]) {
    const run = await llmctl(["doctor", "undo", "20261123-090000000-aaaaaa", "--redis-url", server.url, ...more]);
    expect(run.status, run.stderr).toBe(2);
  }
  expect(await redis.keys("*")).toEqual([]);
  expect(await readFile(join(home, "outside.journal.ndjson"), "utf8")).toBe(before);
});

test("undo asks: n changes nothing, and y puts back what was shown", async () => {
  await redis.set(counter, "3");
  const fixed = await llmctl(["doctor", "--fix", "--yes", "--idle", "--redis-url", server.url, "--json"]);
  expect(fixed.status, fixed.stderr).toBe(0);
  const alone = await llmctl(["doctor", "undo", "--redis-url", server.url]);
  expect([alone.status, alone.stderr]).toEqual([2, expect.stringContaining("--yes")]);
  const words = ["doctor", "undo", "--redis-url", server.url];
  const no = await runAtTerminal(words, [["Put this back?", "n\r"]], env());
  expect(no.screen).toContain("nothing was changed");
  expect(no.screen).toMatch(/undo: delete the counter, 3 without expiry/);
  expect(await redis.exists(counter)).toBe(0);
  const [journal = ""] = (await readdir(state("backups"))).filter((name) => name.endsWith(".journal.ndjson"));
  expect(await readFile(state("backups", journal), "utf8")).not.toContain('"undo"');
  const yes = await runAtTerminal(words, [["Put this back?", "y\r"]], env());
  expect(yes.status, yes.screen).toBe(0);
  expect(await redis.get(counter)).toBe("3");
});

test("a run of another user, in a folder that others may write, frees no live slot", async () => {
  const now = Number((await redis.time())[0]);
  await redis.zadd(counter, now - 1, "a".repeat(32), now - 1, "b".repeat(32));
  const members = ["a", "b"].map((name) => ({ id: name.repeat(32), score: now - 1 }));
  const plan = { sequence: 3, burst: 3, rounds: 1, stream: false, ending: "completed", maxTokens: 16 };
  const rest = { maxLagMs: 2000, settleMs: 24_000, shared: false, exclusive: false, temporary: false };
  const header = {
    ...{ kind: "run", schema: "llmctl.run/1", id: "20261128T090000-aaaaaa", startedAt: "2026-11-28T09:00:00.000Z" },
    target: { baseUrl: "http://127.0.0.1:1", endpoint: "/v1/messages", model: "m", version: null, key: PRODUCTION },
    limit: { value: 2, source: "flag" },
    plan: { ...plan, ...rest },
    redis: { address: `${server.url}/0`, namespace: null, key: counter },
  };
  const span = { fromMs: now * 1000 - 60_000, untilMs: now * 1000, stayedMs: 24_000 };
  const end = {
    ...{ kind: "end", endedAt: "2026-11-28T09:01:00.000Z", durationMs: 60_000, stopped: null, limit: header.limit },
    ...{ shape: "slots", verdict: { status: "finding", findings: [], doubts: [] } },
    proven: { key: counter, ...span, members, rise: null },
  };
  await mkdir(state("runs"), { recursive: true });
  const path = state("runs", `${header.id}.ndjson`);
  await writeFile(path, `${JSON.stringify(header)}\n${JSON.stringify(end)}\n`);
  const fix = () => llmctl(["doctor", "--fix", "--yes", "--redis-url", server.url, "--json"]);
  // In a folder of ours: the claim alone is no proof.
  expect((await fix()).json().repairs).toEqual([]);
  await chmod(state("runs"), 0o777);
  if (process.geteuid?.() === 0) await chown(path, 65_534, 65_534);
  const run = await fix();
  expect(run.json().repairs).toEqual([]);
  expect(run.stderr).toMatch(/not used as proof: .*: chmod go-w /);
  expect(await redis.zcard(counter)).toBe(2);
  expect((await stat(path)).size).toBeGreaterThan(0);
});

test("a port that takes connections and never answers is not kept waiting for by a journal", async () => {
  let connections = 0;
  const silent = createServer(() => connections++).listen(0, "127.0.0.1");
  onTestFinished(() => void silent.close());
  await new Promise((resolve) => silent.once("listening", resolve));
  await interruptedAt(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  const run = await llmctl(["doctor", "undo", "--yes", "--json"], { LITELLM_MASTER_KEY: ADMIN });
  expect([run.status, connections]).toEqual([2, 0]);
});
