import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSettings } from "../../src/config/load.js";
import type { GlobalFlags, Settings } from "../../src/config/settings.js";
import { litellmSource } from "../../src/litellm/config-yaml/source.js";
import { errorOf } from "../keys/session.js";

let home: string;
let warnings: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "llmctl-config-"));
  warnings = [];
});
afterEach(() => rmSync(home, { recursive: true }));

function load(flags: GlobalFlags = {}, env: NodeJS.ProcessEnv = {}, stdin = ""): Promise<Settings> {
  const sources = {
    flags,
    env: { HOME: home, ...env },
    stdin: Readable.from([stdin]),
    warn: (line: string) => warnings.push(line),
    readLitellm: litellmSource,
  };
  return loadSettings(sources);
}

function file(name: string, content: string, mode = 0o600): string {
  const path = join(home, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const userFile = (content: object, mode?: number) => file(".config/llmctl/config.json", JSON.stringify(content), mode);

test("takes the flag, then the environment, then --env-file, then the user's file", async () => {
  userFile({ baseUrl: "http://user", redisUrl: "redis://user", redisNamespace: "user" });
  const envFile = file("ci.env", "LITELLM_PROXY_URL=http://env-file\nREDIS_URL=redis://env-file\n");
  const env = { LITELLM_PROXY_URL: "http://env", REDIS_URL: "redis://env" };
  const told = async (settings: Promise<Settings>) => {
    const { baseUrl, redis } = await settings;
    return [baseUrl, redis?.kind === "standalone" ? redis.host : undefined];
  };
  const flags = { baseUrl: "http://flag", redisUrl: "redis://flag", envFile };
  expect(await told(load(flags, env))).toEqual(["http://flag", "flag"]);
  expect(await told(load({ envFile }, env))).toEqual(["http://env", "env"]);
  expect(await told(load({ envFile }))).toEqual(["http://env-file", "env-file"]);
  expect(await told(load())).toEqual(["http://user", "user"]);
  expect((await load()).redisNamespace).toBe("user");
  expect((await load({ redisNamespace: "flag" })).redisNamespace).toBe("flag");
});

test("does without all of them", async () => {
  expect(await load()).toEqual({
    timeoutMs: 10_000,
    output: "table",
    quiet: false,
    yes: false,
    dryRun: false,
    input: true,
    debug: false,
    stateDir: join(home, ".local/state/llmctl"),
  });
});

test("lets no name from a weaker source stand beside one from a stronger that says the same", async () => {
  const envFile = file(
    "ci.env",
    "LITELLM_PROXY_API_KEY=sk-of-the-file\nREDIS_URL=redis://of-the-file\nREDIS_PASSWORD=p\n",
  );
  const settings = await load({ envFile }, { LITELLM_MASTER_KEY: "sk-of-the-env", REDIS_HOST: "of-the-env" });
  expect(settings.apiKey).toBe("sk-of-the-env");
  expect(settings.redis).toMatchObject({ host: "of-the-env", password: "p" });
});

test("takes LITELLM_PROXY_API_KEY before LITELLM_MASTER_KEY, and a file or stdin before both", async () => {
  const env = { LITELLM_PROXY_API_KEY: "sk-proxy", LITELLM_MASTER_KEY: "sk-master" };
  expect((await load({}, env)).apiKey).toBe("sk-proxy");
  expect((await load({}, { LITELLM_MASTER_KEY: "sk-master" })).apiKey).toBe("sk-master");
  expect((await load({ apiKeyFile: file("key", " sk-file\n") }, env)).apiKey).toBe("sk-file");
  expect((await load({ apiKeyFile: "-" }, env, "sk-stdin\n")).apiKey).toBe("sk-stdin");
});

test("takes an empty variable for none, in the environment and in a file", async () => {
  const envFile = file("ci.env", "LITELLM_PROXY_URL=\nREDIS_HOST=\n");
  const settings = await load({ envFile }, { LITELLM_PROXY_API_KEY: "", LITELLM_MASTER_KEY: "sk-m", REDIS_URL: "" });
  expect(settings).not.toHaveProperty("baseUrl");
  expect(settings).not.toHaveProperty("redis");
  expect(settings.apiKey).toBe("sk-m");
});

test("follows the XDG folders", async () => {
  const xdg = join(home, "xdg");
  file("xdg/llmctl/config.json", '{"baseUrl":"http://xdg"}');
  const settings = await load({}, { XDG_CONFIG_HOME: xdg, XDG_STATE_HOME: xdg });
  expect([settings.baseUrl, settings.stateDir]).toEqual(["http://xdg", join(xdg, "llmctl")]);
});

test("warns of a file with secrets that others can read, and of no other", async () => {
  userFile({ apiKey: "sk-user-file-key" }, 0o644);
  await load();
  expect(warnings).toEqual([expect.stringMatching(/can be read by others; type: chmod 600/)]);
  userFile({ baseUrl: "http://user" }, 0o644);
  await load();
  userFile({ apiKey: "sk-user-file-key" }, 0o600);
  await load();
  expect(warnings).toHaveLength(1);
});

test("takes the address of a proxy without its slash, and nothing but an address", async () => {
  const of = async (baseUrl: string) => (await load({ baseUrl })).baseUrl;
  expect(await of("http://127.0.0.1:4000/")).toBe("http://127.0.0.1:4000");
  expect(await of("https://gw.example/litellm//")).toBe("https://gw.example/litellm");
  expect(await of(" http://host ")).toBe("http://host");
  for (const bad of [
    "",
    "host:4000",
    "ftp://host",
    "http://",
    "http://u:planted@host",
    "http://host/?planted=1",
    "http://host/#planted",
  ]) {
    const error = await errorOf(load({ baseUrl: bad }));
    expect(error, bad).toMatchObject({ exit: 2, code: "bad-base-url" });
    expect(error.message).not.toContain("planted");
  }
});

test("takes a time limit that a timer can keep", async () => {
  const of = async (timeout: string) => (await load({ timeout })).timeoutMs;
  expect([await of("500ms"), await of("1.5s"), await of("10"), await of("1.4ms"), await of("24d")]).toEqual([
    500, 1500, 10_000, 1, 2_073_600_000,
  ]);
  for (const bad of ["0", "0.1ms", "25d", "soon", "-1s", ""]) {
    expect(await errorOf(load({ timeout: bad })), bad).toMatchObject({ exit: 2, code: "bad-duration" });
  }
});

test("lets --json stand for --output json, and refuses other formats", async () => {
  expect((await load({ json: true })).output).toBe("json");
  expect((await load({ output: "csv" })).output).toBe("csv");
  expect(await errorOf(load({ output: "xml" }))).toMatchObject({ exit: 2, code: "bad-output" });
});

test("names the file that cannot be read or understood, and what is wrong with it", async () => {
  expect(await errorOf(load({ envFile: join(home, "gone.env") }))).toMatchObject({
    exit: 2,
    message: expect.stringContaining("ENOENT"),
  });
  for (const [content, said] of [
    ["{", "is not JSON"],
    ["[]", "expected object"],
    ['{"baseUri":"http://h"}', "baseUri"],
    ['{"baseUrl":5}', "baseUrl"],
  ] as const) {
    file(".config/llmctl/config.json", content);
    expect(await errorOf(load()), content).toMatchObject({
      exit: 2,
      code: "bad-config",
      message: expect.stringContaining(said),
    });
  }
});

test("takes Redis, namespace and admin key of LiteLLM's own config.yaml where nothing stronger speaks", async () => {
  const litellmConfig = file(
    "litellm.yaml",
    `
general_settings:
  master_key: os.environ/MASTER
litellm_settings:
  cache: true
  cache_params: { type: redis, host: of-the-config, port: "6390", namespace: config, password: os.environ/SECRET }
`,
  );
  const envFile = file("ci.env", "MASTER=sk-of-the-env-file\nSECRET=s3cret\n");
  const all = await load({ litellmConfig, envFile });
  expect(all).toMatchObject({
    apiKey: "sk-of-the-env-file",
    redis: { kind: "standalone", host: "of-the-config", port: 6390, password: "s3cret" },
    redisNamespace: "config",
    namespaceFromLitellm: true,
    litellmConfig: { path: litellmConfig, env: { MASTER: "sk-of-the-env-file" } },
  });
  userFile({ redisUrl: "redis://user", apiKey: "sk-of-the-user-file", redisNamespace: "user" });
  expect(await load({ litellmConfig, envFile })).toMatchObject({
    apiKey: "sk-of-the-user-file",
    redis: { host: "user" },
    redisNamespace: "user",
  });
  expect(await load({ litellmConfig, envFile })).not.toHaveProperty("namespaceFromLitellm");
  const env = { REDIS_HOST: "of-the-env", LITELLM_MASTER_KEY: "sk-of-the-env" };
  expect(await load({ litellmConfig, envFile, redisNamespace: "flag" }, env)).toMatchObject({
    apiKey: "sk-of-the-env",
    redis: { host: "of-the-env" },
    redisNamespace: "flag",
  });
});

test("lets the environment fill what that config.yaml leaves out of Redis, as LiteLLM does", async () => {
  const on = "litellm_settings: { cache: true, cache_params: { type: redis, host: of-the-config } }\n";
  const filled = await load({ litellmConfig: file("a.yaml", on) }, { REDIS_PASSWORD: "of-the-env" });
  expect(filled.redis).toMatchObject({ host: "of-the-config", port: 6379, password: "of-the-env" });
  const bare = "litellm_settings: { cache: true }\nenvironment_variables: { REDIS_HOST: variable, REDIS_PORT: 7000 }\n";
  expect((await load({ litellmConfig: file("b.yaml", bare) })).redis).toMatchObject({ host: "variable", port: 7000 });
  expect(await load({ litellmConfig: file("c.yaml", "litellm_settings: { cache: true }\n") })).not.toHaveProperty(
    "redis",
  );
});

test("reads every way in which that config.yaml can name Redis", async () => {
  const redisOf = async (params: string) => {
    const text = `litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    ${params}\n`;
    return (await load({ litellmConfig: file("ways.yaml", text) })).redis;
  };
  expect(await redisOf("url: rediss://u:p@h:1/2")).toMatchObject({
    host: "h",
    port: 1,
    db: 2,
    tls: true,
    username: "u",
  });
  expect(await redisOf("{host: h, ssl: true, username: u}".slice(1, -1).replaceAll(", ", "\n    "))).toMatchObject({
    host: "h",
    tls: true,
    username: "u",
  });
  expect(await redisOf("redis_startup_nodes: [{host: a, port: 7001}, {host: b, port: '7002'}]")).toMatchObject({
    kind: "cluster",
    nodes: [
      { host: "a", port: 7001 },
      { host: "b", port: 7002 },
    ],
  });
  expect(
    await redisOf("sentinel_nodes: [[s1, 26379]]\n    service_name: mymaster\n    sentinel_password: p"),
  ).toMatchObject({
    kind: "sentinel",
    sentinels: [{ host: "s1", port: 26379 }],
    service: "mymaster",
    sentinelPassword: "p",
  });
  const own = "general_settings:\n  coordination_redis: { host: own, port: 6400, namespace: co }\n";
  const cached = "litellm_settings: { cache: true, cache_params: { type: redis, host: cache } }\n";
  expect(await load({ litellmConfig: file("own.yaml", own + cached) })).toMatchObject({
    redis: { host: "own", port: 6400 },
    redisNamespace: "co",
  });
});

test("says of a bad value of that config.yaml where it stands, and repeats none of it", async () => {
  const text = "litellm_settings:\n  cache: true\n  cache_params: { type: redis, url: 'redis://:pa#ss@host' }\n";
  const error = await errorOf(load({ litellmConfig: file("bad.yaml", text) }));
  expect(error).toMatchObject({
    exit: 2,
    message: expect.stringMatching(/bad\.yaml:3 \(cache_params\): url is not a URL/),
  });
  expect(`${error.message}${error.hint}`).not.toContain("pa#ss");
});
