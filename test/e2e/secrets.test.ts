import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { freePort, type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { runCli } from "../support/cli.js";

const MASTER = "sk-planted-master-0123456789";
const KEY = "sk-planted-key-under-test-abcdef";
const PASSWORD = "planted+redis/password%41";
const PLANTED = [
  MASTER,
  KEY,
  PASSWORD,
  encodeURIComponent(PASSWORD),
  "planted-master",
  "planted-key-under",
  "planted+redis",
];

let redis: PrivateRedis;
let lab: RunningLab;
let home: string;
let env: Record<string, string>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "llmctl-secrets-"));
  redis = await startRedis({ args: ["--requirepass", PASSWORD] });
  const redisUrl = redis.url.replace("//", `//:${encodeURIComponent(PASSWORD)}@`);
  lab = await startLab({ sick: "messages-never-release", limit: 2, masterKey: MASTER, key: KEY, redisUrl });
  await writeFile(join(home, "key.txt"), KEY, { mode: 0o600 });
  env = {
    HOME: home,
    XDG_STATE_HOME: join(home, "state"),
    XDG_CONFIG_HOME: join(home, "config"),
    LITELLM_PROXY_URL: lab.baseUrl,
    LITELLM_MASTER_KEY: MASTER,
    REDIS_URL: redisUrl,
  };
});
afterAll(async () => {
  await lab?.stop();
  await redis?.stop();
  await rm(home, { recursive: true, force: true });
});

const expectClean = (where: string, text: string) => {
  for (const secret of PLANTED) expect(text.includes(secret), `${secret.slice(0, 12)}… in ${where}`).toBe(false);
};

async function runClean(args: string[], more: Record<string, string> = {}) {
  const result = await runCli(args, { env: { ...env, ...more } });
  expectClean(`stdout of ${args.join(" ")}`, result.stdout);
  expectClean(`stderr of ${args.join(" ")}`, result.stderr);
  return result;
}

const keyFile = () => ["--key-file", join(home, "key.txt")];

test("no secret in what works, in any format", async () => {
  expect((await runClean(["probe", "/v1/messages", ...keyFile(), "--settle", "6s", "--debug"])).status).not.toBe(1);
  for (const output of ["table", "json", "ndjson", "csv", "markdown"]) {
    expect((await runClean(["dump", "--all", "--slots", "--output", output])).status).toBe(0);
    expect((await runClean(["keys", "list", "--output", output])).status).toBe(0);
    expect((await runClean(["keys", "show", ...keyFile(), "--output", output])).status).toBe(0);
    expect((await runClean(["doctor", "--observe", "1s", "--output", output, ...keyFile()])).status).not.toBe(1);
  }
  expect((await runClean(["doctor", "--fix", "--yes", "--idle", "--debug"])).status).toBe(0);
  expect((await runClean(["doctor", "undo", "--yes"])).status).toBe(0);
  // Two dozen processes one after another: on a busy machine they take their time.
}, 180_000);

const elsewhere = {
  "Redis is down": async () => ({
    REDIS_URL: `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${await freePort()}`,
  }),
  "the proxy is down": async () => ({ LITELLM_PROXY_URL: `http://127.0.0.1:${await freePort()}` }),
  "the password is wrong": async () => ({ REDIS_URL: env.REDIS_URL?.replace("%2B", "x") ?? "" }),
  "the admin key is wrong": async () => ({ LITELLM_MASTER_KEY: KEY }),
};

test.each(Object.keys(elsewhere))("no secret when %s", async (what) => {
  const more = await elsewhere[what as keyof typeof elsewhere]();
  const probe = ["probe", "chat", ...keyFile(), "-n", "1", "--settle", "3s"];
  for (const words of [["dump"], ["keys", "list"], ["doctor", "--observe", "1s"], probe]) {
    await runClean([...words, "--json", "--debug"], more);
  }
});

test.each([
  [["keys", "show", KEY]],
  [["dump", KEY]],
  [["doctor", "--key", KEY]],
  [["keys", "list", "--api-key-file", MASTER]],
  [["keys", "list", "--base-url", `http://user:${PASSWORD}@127.0.0.1`]],
  [["dump", "--redis-url", `http://:${PASSWORD}@127.0.0.1`]],
])("a secret as an argument is refused and not repeated: case %#", async (words) => {
  expect((await runClean([...words, "--debug"])).status).toBe(2);
});

test("a new key is shown once, on stdout alone, and kept nowhere", async () => {
  const { stdout, stderr } = await runClean(["keys", "create", "--mpr", "2", "--quiet"]);
  expect(stdout).toMatch(/^sk-[\w-]+\n$/);
  expect(stderr).not.toContain(stdout.trim());
  for (const { path, text } of await filesBelow(home)) expect(text.includes(stdout.trim()), path).toBe(false);
});

test("no secret in any file, and every file for its owner only", async () => {
  const files = (await filesBelow(home)).filter(({ path }) => path !== join(home, "key.txt"));
  expect(files.filter(({ path }) => path.includes("/runs/")).length).toBeGreaterThan(0);
  expect(files.filter(({ path }) => path.includes("/backups/")).length).toBeGreaterThan(0);
  for (const { path, text, mode } of files) {
    expectClean(path, text);
    expectClean(path, path);
    expect(mode & 0o077, `${path} can be read by others`).toBe(0);
  }
});

async function filesBelow(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(path, "utf8"), mode: (await stat(path)).mode })),
  );
}
