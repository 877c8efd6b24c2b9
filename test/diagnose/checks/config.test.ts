import { expect, test } from "vitest";
import type { CheckId } from "../../../src/diagnose/checks/check.js";
import { checks } from "../../../src/diagnose/checks/index.js";
import type { Diagnosis } from "../../../src/diagnose/diagnose.js";
import { known, notConfigured } from "../../../src/diagnose/lookup.js";
import { readLitellmConfig } from "../../../src/litellm/config-yaml/index.js";
import { shapeOfRelease } from "../../../src/litellm/releases.js";

interface Case {
  check: CheckId;
  yaml: string;
  version?: string;
  workers?: number;
  env?: Record<string, string>;
}

/** What a check makes of a configuration: its status, then its findings, each with severity and line. */
async function ask({ check, yaml, version, workers, env = {} }: Case): Promise<string[]> {
  const config = await readLitellmConfig("config.yaml", env, async () => yaml);
  const release = version ? known({ version, shape: shapeOfRelease(version) }) : notConfigured("no proxy was named");
  const examination = { config: known(config), release, options: { workers: workers ?? null } };
  const { status, detail, findings } = await checks[check].run(examination as unknown as Diagnosis);
  const secret = /hidden/;
  expect(JSON.stringify({ detail, findings })).not.toMatch(secret);
  for (const { place, text } of findings) expect(text).toContain(`config.yaml:${place?.line}: `);
  return [
    `${status}: ${detail}`,
    ...findings.map(({ severity, place, text }) => `${severity} ${place?.line}: ${text}`),
  ];
}

const REDIS = "litellm_settings:\n  cache: true\n  cache_params: { type: redis, host: h, password: hidden-1 }\n";
const SPACED = "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    namespace: prod\n";
const ROUTER = "model_list: []\nrouter_settings:\n  redis_host: h\n  redis_password: hidden-2\n";
const GLOBAL = "general_settings:\n  master_key: hidden-3\n  global_max_parallel_requests: 9\n";
const OWN = "general_settings:\n  coordination_redis: { host: h, password: hidden-4 }\n";

test.each<[string, Case, RegExp[]]>([
  ["Redis in the cache block", { check: "config-redis", yaml: REDIS }, [/^pass: config\.yaml:3: .* cache_params/]],
  [
    "no cache",
    { check: "config-redis", yaml: "a: 1\nlitellm_settings: {}\n" },
    [/^warn: /, /^warn 2: .*no cache: true/],
  ],
  [
    "cache off, and workers",
    { check: "config-redis", yaml: "litellm_settings:\n  cache: false\n", workers: 4 },
    [/^fail: 4 workers and no Redis.* 4 times the limit/, /^fail 2: .*no cache: true/],
  ],
  [
    "workers by NUM_WORKERS",
    { check: "config-redis", yaml: "a: 1\n", env: { NUM_WORKERS: "2" } },
    [/^fail: 2 workers/, /^fail 1: /],
  ],
  [
    "the router's Redis only",
    { check: "config-redis", yaml: ROUTER },
    [/^warn: .*each process counts alone/, /^warn 1: /, /^warn 3: .*limiter of parallel requests does not use it/],
  ],
  ["the router's beside the cache's", { check: "config-redis", yaml: REDIS + ROUTER }, [/^pass/]],
  [
    "a cache block without a type",
    { check: "config-redis", yaml: "litellm_settings:\n  cache: true\n  cache_params:\n    host: h\n" },
    [/^warn/, /^warn 3: .*no type: redis/],
  ],
  [
    "a cache of another type",
    { check: "config-redis", yaml: "litellm_settings:\n  cache: true\n  cache_params:\n    type: s3\n" },
    [/^warn/, /^warn 4: .*of type s3/],
  ],
  [
    "a Redis of its own",
    { check: "config-redis", yaml: OWN, version: "1.95.0" },
    [/^pass: config\.yaml:2: .*coordination/],
  ],
  [
    "a Redis of its own before 1.93",
    { check: "config-redis", yaml: OWN + REDIS, version: "1.91.5" },
    [/^warn: config\.yaml:5: .*cache_params, not/, /^warn 2: .*not known to LiteLLM before 1\.93/],
  ],
  [
    "Redis of the environment, seen used by 1.109.1",
    { check: "config-redis", yaml: "a: 1\n", env: { REDIS_HOST: "h" }, version: "1.109.1" },
    [/^pass: .*environment/],
  ],
  [
    "Redis of the environment, seen not used by 1.95.0",
    { check: "config-redis", yaml: "environment_variables: { REDIS_HOST: h }\n", version: "1.95.0" },
    [/^warn/, /^warn 1: /],
  ],
  [
    "Redis of the environment and an object store",
    {
      check: "config-redis",
      yaml: "litellm_settings: {cache: true, cache_params: {type: s3}}\nenvironment_variables: { REDIS_URL: redis://h }\n",
      version: "1.95.0",
    },
    [/^pass: .*environment/],
  ],
  [
    "a namespace before 1.91",
    { check: "config-namespace", yaml: SPACED, version: "1.80.8" },
    [/^warn: .*LiteLLM 1\.80\.8/, /^warn 5: .*prod:/],
  ],
  ["a namespace and no release", { check: "config-namespace", yaml: SPACED }, [/^warn: .*if it is one/, /^warn 5: /]],
  ["a namespace since 1.91", { check: "config-namespace", yaml: SPACED, version: "1.91.5" }, [/^pass/]],
  [
    "a namespace with the limiter of one minute",
    { check: "config-namespace", yaml: SPACED, version: "1.76.0" },
    [/^pass/],
  ],
  ["no namespace", { check: "config-namespace", yaml: REDIS, version: "1.79.1" }, [/^pass/]],
  [
    "a global limit",
    { check: "config-limits", yaml: GLOBAL, version: "1.109.1" },
    [/^warn: .*no effect on LiteLLM 1\.109\.1/, /^warn 3: /],
  ],
  [
    "a global limit, release unknown",
    { check: "config-limits", yaml: GLOBAL },
    [/^warn: .*since 1\.77\.2/, /^warn 3: /],
  ],
  ["a global limit of the old limiter", { check: "config-limits", yaml: GLOBAL, version: "1.77.1" }, [/^pass/]],
  ["no global limit", { check: "config-limits", yaml: REDIS }, [/^pass/]],
  [
    "fail-open",
    { check: "config-fail-open", yaml: `${REDIS}general_settings: {}\n`, version: "1.109.1" },
    [/^warn: while Redis is away each process counts alone/, /^warn 4: .*no fail_closed_rate_limit_enforcement: true/],
  ],
  [
    "fail-open by a word that is no boolean",
    {
      check: "config-fail-open",
      yaml: `general_settings:\n  fail_closed_rate_limit_enforcement: never\n${REDIS}`,
      version: "1.109.1",
    },
    [/^warn/, /^warn 2: .*is off/],
  ],
  [
    "fail-closed",
    {
      check: "config-fail-open",
      yaml: `general_settings: {fail_closed_rate_limit_enforcement: true}\n${REDIS}`,
      version: "1.109.1",
    },
    [/^pass: .*503/],
  ],
  [
    "fail-closed without Redis",
    {
      check: "config-fail-open",
      yaml: "general_settings:\n  fail_closed_rate_limit_enforcement: true\n",
      version: "1.109.1",
    },
    [/^warn: .*refuses nothing without Redis/, /^warn 2: /],
  ],
  [
    "a release that cannot fail closed",
    { check: "config-fail-open", yaml: REDIS, version: "1.95.0" },
    [/^pass: .*1\.105\.0 can refuse/],
  ],
  ["fail-open, release unknown", { check: "config-fail-open", yaml: REDIS }, [/^warn/, /^warn 1: .*since 1\.105\.0/]],
  ["a whole configuration", { check: "config-files", yaml: REDIS }, [/^pass: 1 file read: config\.yaml/]],
  [
    "a missing include",
    { check: "config-files", yaml: "include: 7\n" },
    [/^fail: 1 thing/, /^fail 1: .*include is no list/],
  ],
  [
    "sections and settings written twice",
    {
      check: "config-files",
      yaml: "litellm_settings: {}\ngeneral_settings: {}\nlitellm_settings:\n  cache: false\n  cache: true\n",
    },
    [/^warn: 2 things/, /^warn 1: .*litellm_settings comes again in line 3/, /^warn 4: .*cache comes again in line 5/],
  ],
  [
    "references that lead nowhere, models' own left aside",
    {
      check: "config-files",
      yaml: "model_list: [{litellm_params: {api_key: os.environ/NOT_OURS}}]\ngeneral_settings:\n  master_key: os.environ/GONE\n  other: os.environ/ALSO_NOT_OURS\nlitellm_settings:\n  cache_params:\n    host: os.environ/SET\n    password: os.environ/GONE_TOO\n",
      env: { SET: "hidden-5" },
    },
    [/^warn: 2 things/, /^warn 3: .*master_key is os\.environ\/GONE, which is not set here/, /^warn 8: .*GONE_TOO/],
  ],
])("%s", async (_, asked, expected) => {
  expect(await ask(asked)).toEqual(expected.map((words) => expect.stringMatching(words)));
});
