import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type LitellmConfig,
  limiterRedis,
  readConfigOnce,
  readLitellmConfig,
  routerRedis,
  textOf,
} from "../../src/litellm/config-yaml/index.js";
import { errorOf } from "../support/keys-session.js";

/** Reads `/etc/litellm/config.yaml` of a machine that has these files. */
const read = (files: Record<string, string>, env: Record<string, string> = {}): Promise<LitellmConfig> =>
  readLitellmConfig("/etc/litellm/config.yaml", env, async (path) => files[path.replace("/etc/litellm/", "")]);
const one = (text: string, env?: Record<string, string>) => read({ "config.yaml": text }, env);
const problems = ({ problems: found }: LitellmConfig) =>
  found.map(
    ({ place, severity, text }) => `${severity} ${place.file.replace("/etc/litellm/", "")}:${place.line} ${text}`,
  );

test("reads YAML as LiteLLM's parser does: yes is true, the last of two names counts, merge keys and aliases hold", async () => {
  const { settings } = await one(`
base: &base { host: of-the-base, port: 1 }
litellm_settings:
  cache: false
  cache: yes
  cache_params:
    <<: *base
    port: 6390
    type: redis
other: *base
`);
  expect(settings.at("litellm_settings", "cache")).toMatchObject({ value: true, place: { line: 5 } });
  expect(limiterRedis(settings, "f")).toMatchObject({ words: { REDIS_HOST: "of-the-base", REDIS_PORT: "6390" } });
  expect(textOf(settings.at("other", "host"))).toBe("of-the-base");
});

test("an alias that bites its own tail ends nowhere, and does no harm", async () => {
  const { settings } = await one("general_settings: &g\n  master_key: sk-1\n  again: *g\n");
  expect(textOf(settings.at("general_settings", "again", "again", "master_key"))).toBe("sk-1");
});

test.each([
  ["a: [1, 2", /line 1, column \d+: the indentation/],
  ["a: b: c", /line 1, column 4: a value holds a second `: `/],
  ["ok: 1\n\tcache: true", /line 2, column 1: a tab/],
  ["general_settings:\n  master_key: 'sk-hidden-secret-1", /line 2, column \d+: a quote/],
  ['general_settings:\n  master_key: "\\q-hidden-secret"', /line 2, column \d+: bad dq escape/],
  ["general_settings:\n  master_key: @hidden-secret", /line 2, column 15: a value begins/],
  ["a: !hidden-secret b", /line 1, column 4: a tag/],
  ["a: *hidden-secret", /line 1, column 4: an alias/],
  ["a: 1\n---\nb: 2", /line 2, column 1: there is more than one document/],
  ["] hidden-secret", /line 1, column 1/],
])("%j is exit 2 with its line, and nothing of it is repeated", async (text, words) => {
  const error = await errorOf(one(text));
  expect(error).toMatchObject({ exit: 2, message: expect.stringMatching(words), hint: expect.stringMatching(/fix/) });
  expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain("hidden");
});

test("a file that is not there, is empty or holds no settings is exit 2", async () => {
  expect(await errorOf(read({}))).toMatchObject({ exit: 2, message: expect.stringMatching(/is not there/) });
  expect(await errorOf(one("# nothing\n"))).toMatchObject({ exit: 2, message: expect.stringMatching(/is empty/) });
  expect(await errorOf(one("- a\n"))).toMatchObject({ exit: 2, message: expect.stringMatching(/holds no settings/) });
});

test("includes add to lists and replace whole sections, and the latter is said with both lines", async () => {
  const config = await read({
    "config.yaml":
      "include: [models.yaml, more.yaml]\nmodel_list: [{model_name: a}]\nlitellm_settings:\n  cache: true\n",
    "models.yaml": "model_list: [{model_name: b}]\ngeneral_settings: {master_key: sk-of-the-include}\n",
    "more.yaml": "\nlitellm_settings:\n  drop_params: true\n",
  });
  expect(config.files).toEqual(["config.yaml", "models.yaml", "more.yaml"].map((name) => `/etc/litellm/${name}`));
  expect(config.settings.at("litellm_settings", "cache")).toBeUndefined();
  expect(config.settings.at("include")).toBeUndefined();
  expect(config.settings.at("general_settings", "master_key")?.place).toEqual({
    file: "/etc/litellm/models.yaml",
    line: 2,
  });
  const models = config.settings.at("model_list")?.value;
  expect(models).toMatchObject({ kind: "list", items: [{}, {}] });
  expect(problems(config)).toEqual([
    expect.stringMatching(/^warn more\.yaml:2 litellm_settings replaces the whole of .*config\.yaml:3/),
  ]);
});

test("a circle of includes is read once and said", async () => {
  const config = await read({
    "config.yaml": "include: [b.yaml]\nmodel_list: [1]\n",
    "b.yaml": "include:\n  - config.yaml\n  - b.yaml\nmodel_list: [2]\n",
  });
  expect(config.settings.at("model_list")?.value).toMatchObject({ items: [{ value: 1 }, { value: 2 }] });
  expect(problems(config)).toEqual([
    expect.stringMatching(/^warn b\.yaml:2 includes config\.yaml, which was included before/),
    expect.stringMatching(/^warn b\.yaml:3 includes b\.yaml/),
  ]);
});

test("what an included file includes is looked for beside it, then beside the first; where releases differ it is said", async () => {
  const files = {
    "config.yaml": "include: [sub/one.yaml]\n",
    "sub/one.yaml": "include: [two.yaml, three.yaml]\n",
    "sub/two.yaml": "general_settings: {master_key: beside}\n",
    "two.yaml": "general_settings: {master_key: root}\n",
    "three.yaml": "router_settings: {redis_host: h}\n",
  };
  const config = await read(files);
  expect(textOf(config.settings.at("general_settings", "master_key"))).toBe("beside");
  expect(routerRedis(config.settings)).toEqual({ file: "/etc/litellm/three.yaml", line: 1 });
  expect(problems(config)).toEqual([
    expect.stringMatching(/^warn sub\/one\.yaml:1 two\.yaml is looked for beside this file/),
    expect.stringMatching(/^warn sub\/one\.yaml:1 three\.yaml/),
  ]);
});

test.each([
  ["include: [gone.yaml]", {}, /^fail config\.yaml:1 include names gone\.yaml, which is not there/],
  ["a: 1\ninclude: models.yaml", {}, /^fail config\.yaml:2 include is no list/],
  ["include: [[x]]", {}, /^fail config\.yaml:1 include is no list/],
  [
    "include: [odd.yaml]",
    { "odd.yaml": "hello\n" },
    /^fail config\.yaml:1 odd\.yaml holds no settings, but a single value/,
  ],
])("%j is a finding: LiteLLM does not start with it", async (text, others, words) => {
  expect(problems(await read({ "config.yaml": text, ...others }))).toEqual([expect.stringMatching(words)]);
});

test("bad YAML in an included file is exit 2 that names that file", async () => {
  const error = await errorOf(read({ "config.yaml": "include: [b.yaml]\n", "b.yaml": "x: [1" }));
  expect(error).toMatchObject({ exit: 2, message: expect.stringMatching(/b\.yaml is not YAML: line 1/) });
});

test("resolves os.environ references, two words of them as booleans, and leaves the unknown unknown", async () => {
  const { settings } = await one(
    `
litellm_settings:
  cache: os.environ/ON
  cache_params: { type: redis, host: os.environ/HOST, password: os.environ/NO_SUCH, redis_startup_nodes: [{ host: os.environ/HOST, port: 7 }] }
`,
    { ON: "True", HOST: "h" },
  );
  expect(settings.at("litellm_settings", "cache")?.value).toBe(true);
  expect(settings.at("litellm_settings", "cache_params", "password")).toMatchObject({
    value: undefined,
    reference: "NO_SUCH",
    place: { line: 4 },
  });
  expect(limiterRedis(settings, "f")).toMatchObject({
    words: { REDIS_HOST: "h", REDIS_CLUSTER_NODES: '[{"host":"h","port":7}]' },
  });
});

test.each([
  ["litellm_settings: {cache: true}", { source: "cache_params" }],
  ["litellm_settings: {cache: true, cache_params: {type: redis}}", { source: "cache_params" }],
  ["litellm_settings: {cache: true, cache_params: {host: h}}", { source: null, why: "not-redis", type: "local" }],
  ["litellm_settings: {cache: true, cache_params: {type: s3}}", { source: null, why: "not-redis", type: "s3" }],
  ['litellm_settings: {cache: "true", cache_params: {type: redis}}', { source: null, why: "off" }],
  ["litellm_settings: {cache_params: {type: redis, host: h}}", { source: null, why: "off" }],
  ["router_settings: {redis_host: h}", { source: null, why: "off", place: { line: 1 } }],
  ["general_settings: {coordination_redis: {host: h}}", { source: "coordination_redis", words: { REDIS_HOST: "h" } }],
])("%s: where the limiter counts", async (text, expected) => {
  const { settings, file } = await one(text);
  expect(limiterRedis(settings, file)).toMatchObject(expected);
});

test("a command reads the file once, and another one, or the next tick of a watch, reads it anew", async () => {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-config-"));
  try {
    const path = join(dir, "config.yaml");
    const env = { HOME: "/" };
    const masterKeyBy = async (from: Record<string, string>) =>
      textOf((await readConfigOnce({ path, env: from })).settings.at("general_settings", "master_key"));
    await writeFile(path, "general_settings: { master_key: first }");
    expect(await masterKeyBy(env)).toBe("first");
    await writeFile(path, "general_settings: { master_key: second }");
    expect(await masterKeyBy(env)).toBe("first");
    expect(await masterKeyBy({ ...env })).toBe("second");
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
