import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { doctor } from "../../src/doctor/command.js";
import { render } from "../../src/output/index.js";
import { redactHosts } from "../../src/output/redact-hosts.js";
import { collect } from "../support/collect.js";
import {
  counter,
  hash,
  LONGEST_CALL,
  openServerFixture,
  type ServerFixture,
  WATCH,
} from "../support/doctor-fixture.js";
import { documentResult } from "../support/document-result.js";
import { type ProxyStub, redisInfo, startProxyStub } from "../support/proxy-stub.js";

let fixture: ServerFixture;
let stub: ProxyStub | undefined;
beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
afterEach(() => stub?.stop());

/** What `--output markdown` prints, secrets as main.ts hides them. */
async function markdown(flags: Parameters<typeof doctor>[1], settings = {}): Promise<string> {
  const here = fixture.context(settings, { LITELLM_RATE_LIMIT_WINDOW_SIZE: "1" });
  const outcome = await documentResult(doctor(here, { observe: WATCH, longestCall: LONGEST_CALL, ...flags }));
  const pieces = await collect(render(outcome, "markdown", { colour: false, width: 0, quiet: false }));
  return pieces.join("");
}

test("Markdown begins with the verdict, then come checks, evidence and plan", async () => {
  await fixture.redis.client.set(counter, "3");
  const text = await markdown({ limit: "2" });
  const [title, , verdict] = text.split("\n");
  expect(title).toBe("## llmctl doctor");
  expect(verdict).toMatch(/^\*\*fail\*\*: .*1 failed.*locked: 1 counter left behind/);
  const headings = text.split("\n").filter((line) => line.startsWith("###"));
  expect(headings).toEqual(
    expect.arrayContaining([
      "### Checks",
      "### Evidence",
      "#### locked",
      "### Planned repairs",
      "### What Redis does not reach",
    ]),
  );
  expect(text).toMatch(/- fail: .* no expiry: left behind.*\[locked: /);
  expect(text).toMatch(/\| locked-[0-9a-f]{8} \| planned \| delete/);
});

test("Markdown holds no address, no folder and no secret", async () => {
  const file = join(fixture.stateDir, "hidden-folder.yaml");
  await writeFile(file, "general_settings:\n  master_key: os.environ/GONE\nrouter_settings:\n  redis_host: 10.9.8.7\n");
  await fixture.redis.client.set(counter, "3");
  const ping = {
    "/cache/ping": { body: { health_check_cache_params: { host: "redis.internal.example", port: "6399" } } },
  };
  for (const paths of [redisInfo("0".repeat(40)), ping]) {
    stub = await startProxyStub({ paths, keys: [{ token: hash, key_alias: "the patient", max_parallel_requests: 2 }] });
    const apiKey = "sk-master-of-a-test-01";
    const text = await markdown({}, { baseUrl: stub.baseUrl, apiKey, litellmConfig: { path: file, env: {} } });
    await stub.stop();
    const { port } = fixture.server;
    const { host } = new URL(stub.baseUrl);
    for (const word of [host, `${port}`, "127.0.0.1", "internal.example", "10.9.8.7", fixture.stateDir, hash, apiKey]) {
      expect(text).not.toContain(word);
    }
    expect(text).toContain("hidden-folder.yaml:2: ");
    expect(text).toMatch(/https:\/\/github\.com\/BerriAI\/litellm\/issues\/17323/);
  }
});

test("addresses that nobody told of are hidden by their look; issues and paths of the API are not", () => {
  const text =
    "http://10.0.0.9:4000/x and 10.0.0.9:6379, rediss+cluster://a:1,b:2, /v1/messages of 1.109.1, config.yaml:12, https://github.com/BerriAI/litellm/issues/17323";
  expect(redactHosts(text, [])).toBe(
    "http://… and an-address, rediss+cluster://…, /v1/messages of 1.109.1, config.yaml:12, https://github.com/BerriAI/litellm/issues/17323",
  );
  const hidden = [["redis.internal:6379", "the-redis"]] as const;
  expect(redactHosts(`redis.internal:6379 ${hash}`, hidden)).toBe(`the-redis ${hash.slice(0, 12)}…`);
});

test("what a proxy says of a Redis that it cannot reach is hidden with the rest", async () => {
  const paths = {
    "/cache/redis/info": {
      status: 503,
      body: {
        detail: "Service Unhealthy (Error -2 connecting to redis.internal.example:6399. Name or service not known.)",
      },
    },
  };
  stub = await startProxyStub({ paths });
  const text = await markdown({}, { baseUrl: stub.baseUrl, apiKey: "sk-master-of-a-test-01" });
  expect(text).toMatch(/same-redis: the proxy cannot reach .*connecting to the-proxys-redis\. Name or service/);
  expect(text).not.toContain("internal");
});
