import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { runCli } from "../support/cli.js";

const ADMIN = "sk-planted-admin-key-0001";
const home = mkdtempSync(join(tmpdir(), "llmctl-keys-"));
let lab: RunningLab;
let env: Record<string, string>;

beforeAll(async () => {
  lab = await startLab({ sick: "healthy", masterKey: ADMIN, limit: 2 });
  env = { HOME: home, LITELLM_PROXY_URL: lab.baseUrl, LITELLM_MASTER_KEY: ADMIN };
});
afterAll(async () => {
  await lab?.stop();
  rmSync(home, { recursive: true });
});

const keys = (...argv: string[]) => runCli(["keys", ...argv], { env });

test("gives the new secret alone on stdout with --quiet, and the key works", async () => {
  const { status, stdout, stderr } = await keys("create", "--mpr", "2", "--alias", "quiet", "--quiet");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^sk-\S+\n$/);
  const models = await fetch(`${lab.baseUrl}/v1/models`, { headers: { authorization: `Bearer ${stdout.trim()}` } });
  expect(models.status).toBe(200);
});

test("shows the secret once in every format, and the admin's key in none", async () => {
  for (const format of ["table", "json", "ndjson", "csv", "markdown"]) {
    const { status, stdout, stderr } = await keys("create", "--mpr", "1", "--output", format);
    expect(status, format).toBe(0);
    const secrets = stdout.replaceAll("\\", "").match(/sk-[\w-]{20,}/g) ?? [];
    expect(secrets, format).toHaveLength(1);
    expect(stdout + stderr).not.toContain(ADMIN);
    expect(stderr).not.toContain(secrets[0]);
  }
});

test("writes the secret to a file of its owner, and to nowhere else", async () => {
  const path = join(home, "new-key.txt");
  const { status, stdout, stderr } = await keys(
    "create",
    "--mpr",
    "2",
    "--alias",
    "filed",
    "--write-key",
    path,
    "--json",
  );
  const secret = readFileSync(path, "utf8").trim();
  expect(status).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(stdout + stderr).not.toContain(secret);
  expect(JSON.parse(stdout)).toMatchObject({ writtenTo: path, key: { key_alias: "filed" } });
  const shown = await keys("show", "--key-file", path, "--json");
  expect(shown.json().key).toMatchObject({ key_alias: "filed", max_parallel_requests: 2 });
  expect(shown.stdout + shown.stderr).not.toContain(secret);
  expect((await keys("create", "--mpr", "2", "--write-key", path)).status).toBe(2);
});

test("leads a key through its life", async () => {
  expect((await keys("create", "--mpr", "5", "--rpm", "100", "--alias", "life", "--metadata", "owner=ci")).status).toBe(
    0,
  );
  expect(
    (await keys("update", "life", "--mpr", "none", "--metadata", "since=2026", "--json")).json().key,
  ).toMatchObject({
    max_parallel_requests: null,
    rpm_limit: 100,
    metadata: { owner: "ci", since: "2026" },
  });
  expect((await keys("block", "life", "--json")).json().key.blocked).toBe(true);
  expect((await keys("unblock", "life", "--json")).json().key.blocked).toBe(false);
  expect((await keys("delete", "life")).status).toBe(2);
  expect((await keys("delete", "life", "--dry-run")).status).toBe(3);
  expect((await keys("delete", "life", "--yes")).status).toBe(0);
  expect((await keys("show", "life")).status).toBe(2);
});

test("lists limits, and with Redis what is in use", async () => {
  const without = (await keys("list", "--json")).json();
  expect(without.keys.every(({ held }: { held: unknown }) => held === null)).toBe(true);
  const slow = fetch(`${lab.baseUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${lab.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-lab", messages: [{ role: "user", content: "wait=3000" }] }),
  });
  await expect.poll(() => lab.stats().inFlight).toBe(1);
  const { stdout } = await keys("list", "--redis-url", lab.redisUrl);
  expect(stdout).toMatch(/^lab .* 1\/2 /m);
  await slow;
});

test("ends with an error that is a document too, and says nothing twice", async () => {
  const unknown = await keys("show", "nobody", "--json");
  expect(unknown.status).toBe(2);
  expect(unknown.json()).toMatchObject({ schema: "llmctl.error/1", error: { code: "unknown-key", exit: 2 } });
  const denied = await runCli(["keys", "list", "--json"], {
    env: { ...env, LITELLM_MASTER_KEY: "sk-planted-wrong-key-01" },
  });
  expect(denied.status).toBe(4);
  expect(denied.stdout + denied.stderr).not.toContain("planted");
  const limits = await Promise.all(["0", "-1", "many"].map((mpr) => keys("create", "--mpr", mpr)));
  expect(limits.map(({ status, stdout }) => [status, stdout])).toEqual([
    [2, ""],
    [2, ""],
    [2, ""],
  ]);
});
