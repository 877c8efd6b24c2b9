import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { toJSONSchema } from "zod";
import { type RunningLab, startLab } from "../src/lab/proxy.js";
import { documents } from "../src/output/documents/index.js";
import type { ProbeDocument } from "../src/output/documents/probe.js";
import type { Verdict } from "../src/verdict/result.js";
import { runProgram } from "./support/program.js";

type Name = keyof typeof documents;

/** Strict, as no shipped schema is: a field that a document has and its schema does not is a gap in the schema. */
const strict = new Ajv2020({ allErrors: true });
const validators = Object.fromEntries(
  Object.entries(documents).map(([name, document]) => [name, strict.compile(toJSONSchema(document))]),
);

function expectValid(name: Name, document: unknown): void {
  const validate = validators[name];
  validate?.(document);
  expect(validate?.errors ?? [], JSON.stringify(document, null, 2).slice(0, 2000)).toEqual([]);
}

test("a verdict is what the schema of a probe's document says", () => {
  expectTypeOf<Verdict>().toEqualTypeOf<ProbeDocument["verdict"]>();
});

describe("the JSON that every command prints", () => {
  let sick: RunningLab;
  let env: Record<string, string>;
  beforeAll(async () => {
    sick = await startLab({ sick: "messages-never-release", limit: 2 });
    env = { LITELLM_PROXY_URL: sick.baseUrl, LITELLM_MASTER_KEY: sick.masterKey, REDIS_URL: sick.redisUrl };
    for (let call = 0; call < 3; call++) {
      const headers = { authorization: `Bearer ${sick.key}`, "content-type": "application/json" };
      const body = JSON.stringify({ model: "claude-lab", max_tokens: 5, messages: [{ role: "user", content: "hi" }] });
      await fetch(`${sick.baseUrl}/v1/messages`, { method: "POST", headers, body });
    }
  });
  afterAll(() => sick?.stop());

  const json = async (...argv: string[]): Promise<unknown> =>
    JSON.parse((await runProgram([...argv, "--json"], env)).stdout);

  test("is a valid llmctl.key/1", async () => {
    expectValid("key", await json("keys", "create", "--mpr", "5", "--alias", "ci", "--metadata", "owner=ci"));
    expectValid("key", await json("keys", "show", "ci"));
    expectValid("key", await json("keys", "update", "ci", "--mpr", "none", "--metadata", "since=2026"));
    expectValid("key", await json("keys", "update", "ci", "--mpr", "7", "--dry-run"));
    expectValid("key", await json("keys", "block", "ci"));
    expectValid("key", await json("keys", "unblock", "ci"));
    expectValid("key", await json("keys", "delete", "ci", "--yes"));
  });

  test("is a valid llmctl.keys/1", async () => {
    expectValid("keys", await json("keys", "list"));
  });

  test("is a valid llmctl.dump/1", async () => {
    expectValid("dump", await json("dump"));
    expectValid("dump", await json("dump", "--slots", "--all"));
  });

  test("is a valid llmctl.doctor/1", async () => {
    expectValid("doctor", await json("doctor", "--observe", "1s"));
    expectValid("doctor", await json("doctor", "--observe", "1s", "--idle", "--fix", "--dry-run"));
    expectValid("doctor", await json("doctor", "--observe", "1s", "--idle", "--fix", "--yes"));
  });

  test("is a valid llmctl.doctor/1 with findings about lines of a file", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "llmctl-schemas-")), "config.yaml");
    writeFileSync(file, "general_settings: { master_key: os.environ/GONE, global_max_parallel_requests: 1 }\n");
    const document = await json("doctor", "--litellm-config", file, "--only", "config,known-leaks");
    rmSync(dirname(file), { recursive: true });
    expectValid("doctor", document);
    expect(JSON.stringify(document)).toContain(`{"file":${JSON.stringify(file)},"line":1}`);
  });

  test("is a valid llmctl.checks/1, without a proxy or Redis", async () => {
    const { stdout } = await runProgram(["doctor", "--list", "--json"]);
    expectValid("checks", JSON.parse(stdout));
  });

  test("is a valid llmctl.probe/1", async () => {
    const healthy = await startLab({ sick: "healthy", limit: 2 });
    try {
      const surroundings = { LITELLM_PROXY_URL: healthy.baseUrl, LITELLM_MASTER_KEY: healthy.masterKey };
      const quick = ["--settle", "300ms", "--max-lag", "100ms", "-n", "4", "--sequential"];
      const argv = ["probe", "/v1/messages", "--temp-key", "--mpr", "2", ...quick, "--json"];
      expectValid("probe", JSON.parse((await runProgram(argv, surroundings)).stdout));
    } finally {
      await healthy.stop();
    }
  });
});

test("a schema notices a field that is missing, of another type, or unknown to it", () => {
  const good = { schema: "llmctl.error/1", error: { code: "c", message: "m", hint: null, exit: 2 } };
  expectValid("error", good);
  for (const error of [{ ...good.error, exit: "2" }, { ...good.error, more: 1 }, { code: "c" }]) {
    expect(validators.error?.({ ...good, error })).toBe(false);
  }
  expect(validators.error?.({ ...good, schema: "llmctl.error/2" })).toBe(false);
});

test("a shipped schema lets later releases add fields", () => {
  const lenient = new Ajv2020({ allErrors: true });
  for (const [name, document] of Object.entries(documents)) {
    const schema = toJSONSchema(document, { io: "input" });
    expect(JSON.stringify(schema), name).not.toContain('"additionalProperties":false');
    lenient.compile(schema);
  }
});
