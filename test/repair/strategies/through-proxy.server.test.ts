import { describe, expect, test } from "vitest";
import type { Settings } from "../../../src/config/settings.js";
import { LlmctlError } from "../../../src/errors.js";
import { probe } from "../../../src/probe/command.js";
import { type ProxyCase, planThroughProxy } from "../../../src/repair/strategies/through-proxy/plan.js";
import { openServerFixture } from "../../support/doctor-fixture.js";
import { errorOf } from "../../support/keys-session.js";
import { understand } from "../../support/program.js";
import { startProxyStub } from "../../support/proxy-stub.js";
import { HEALTHY, header, KEY, LEAK, run } from "../../support/run-records.js";
import { fixture, type RefreshFixture } from "./worker-caches/fixture.js";

const NOW = Date.parse("2026-11-23T09:05:00.000Z");
const idleCase: ProxyCase = {
  baseUrl: header("any").target.baseUrl,
  versions: ["1.79.1", "1.79.1"],
  owner: KEY,
  alias: null,
  idle: true,
  runs: [],
  repairedMs: 0,
  nowMs: NOW,
};
const errorFrom = (one: ProxyCase): LlmctlError => {
  try {
    planThroughProxy(one);
  } catch (error) {
    if (error instanceof LlmctlError) return error;
    throw error;
  }
  throw new Error("it was planned");
};

describe("a plan without Redis", () => {
  test.each([
    [["1.95.0"], "slots"],
    [["1.94.0", "1.79.1"], "slots"],
    [["1.91.5", "1.109.1"], "slots"],
    [["1.77.1"], "minute"],
    [["1.91.5", null], "unknown-release"],
    [["unknown"], "unknown-release"],
  ])("is refused for releases %j, even with --idle", (versions, code) => {
    expect(errorFrom({ ...idleCase, versions })).toMatchObject({ exit: 2, code });
  });

  test("names the counter without a namespace, and says that nothing can be saved", () => {
    expect(planThroughProxy(idleCase)).toMatchObject({
      key: `{api_key:${KEY}}:max_parallel_requests`,
      action: expect.stringMatching(/no backup/),
      evidence: [expect.stringMatching(/^idle/)],
    });
  });

  const proven = { ...idleCase, idle: false, runs: [run(header("leaky"), LEAK)] };

  test("goes by the newest run, where it ended with a leak", () => {
    expect(planThroughProxy(proven).evidence).toEqual([expect.stringMatching(/^proven: run leaky/)]);
    const newer = { ...proven, runs: [run(header("well"), HEALTHY), ...proven.runs] };
    expect(errorFrom(newer)).toMatchObject({ code: "no-evidence", hint: expect.stringMatching(/--idle/) });
  });

  test.each([
    ["nothing at all", { runs: [] }],
    ["a run that was killed", { runs: [run(header("killed"), LEAK, false)] }],
    ["a run of another key", { owner: "b".repeat(64) }],
    ["a run on another proxy", { baseUrl: "http://elsewhere:4000" }],
    ["a run of long ago", { nowMs: NOW + 3_600_000 }],
    ["a run from before the last repair", { repairedMs: NOW }],
  ])("is refused on %s", (_name, more) => {
    expect(errorFrom({ ...proven, ...more })).toMatchObject({ exit: 2, code: "no-evidence" });
  });
});

const yes = { yes: true };
const without = (more: Partial<Settings> = {}): Partial<Settings> => ({ redis: undefined as never, ...more });
const fix = { fix: true, throughProxy: true };

/** A key that /v1/messages has locked, with a copy that refuses as long as it is asked for nothing else. */
async function locked(options: { version?: string; namespace?: string } = {}): Promise<RefreshFixture> {
  const here = await fixture({ sick: "messages-never-release", ...options });
  const worker = here.connect();
  while ((await worker.call("messages")) === 200);
  return here;
}

describe("--fix --through-proxy", () => {
  test.each([{}, { namespace: "prod" }])("deletes the counter and verifies by a call: %j", async (options) => {
    const here = await locked(options);
    const counter = here.name.replace("prod:", "");
    expect(await here.redis.get(counter)).toBe("4");
    // The copies in the workers are dead, as a minute later; only Redis refuses.
    here.lab.crash();
    const { document, exit, stderr } = await here.doctor({ ...fix, idle: true, keyFile: here.keyFile }, without(yes));
    expect(document).toMatchObject({
      backup: null,
      repairs: [{ status: "done", key: counter, reason: "" }],
      outOfReach: [],
    });
    expect(exit).toBe(0);
    expect(stderr).toMatch(/no backup[\s\S]*cannot be undone/);
    expect(await here.redis.get(counter)).toBe("0");
  });

  test("from 1.91 on with a namespace the proxy finds the prefixed name", async () => {
    const here = await fixture({ version: "1.91.5", namespace: "prod" });
    expect(here.name).toMatch(/^prod:/);
    await here.redis.set(here.name, "3", "EX", 60);
    expect(await here.doctor({ ...fix, idle: true, key: "lab" }, without(yes))).toMatchObject({ exit: 7 });
    expect(await here.redis.exists(here.name)).toBe(0);
  });

  test("without the key it is done but not verified: exit 7, and it says so", async () => {
    const here = await locked();
    const { document, exit } = await here.doctor({ ...fix, idle: true, key: here.hash }, without(yes));
    expect(document).toMatchObject({
      repairs: [{ status: "done", reason: expect.stringMatching(/not verified/) }],
      outOfReach: [{ key: here.name }],
    });
    expect(exit).toBe(7);
    expect(await here.redis.exists(here.name)).toBe(0);
  });

  test("goes by a probe that had no Redis either, once", async () => {
    const here = await fixture({ sick: "messages-never-release" });
    const { context } = here.session(without());
    const flags = understand(["probe", "messages", "--key-file", here.keyFile, "--settle", "3s", "--exclusive"]).flags;
    expect(await probe(context, "messages", flags as never)).toMatchObject({ exit: 3 });
    here.lab.crash();
    const again = () => here.doctor({ ...fix, key: "lab" }, without(yes));
    expect((await again()).document.repairs).toMatchObject([{ evidence: [expect.stringMatching(/^proven: run /)] }]);
    expect(await here.redis.exists(here.name)).toBe(0);
    expect(await errorOf(again())).toMatchObject({ code: "no-evidence" });
  });

  test("a dry run shows the plan and asks the proxy for nothing", async () => {
    const here = await locked();
    const { exit, document } = await here.doctor({ ...fix, idle: true, key: "lab" }, without({ dryRun: true }));
    expect(exit).toBe(3);
    expect(document.repairs).toMatchObject([{ status: "planned" }]);
    expect(await here.redis.get(here.name)).toBe("4");
  });

  test("never touches the slots of 1.94 and later", async () => {
    const here = await fixture({ sick: "responses-never-release" });
    for (let calls = 0; calls < 3; calls++) await here.connect().call("responses", { model: "claude-lab" });
    expect(await errorOf(here.doctor({ ...fix, idle: true, key: "lab" }, without(yes)))).toMatchObject({
      exit: 2,
      code: "slots",
    });
    expect(await here.redis.zcard(here.name)).toBe(3);
  });

  test.each([
    [{ throughProxy: true, key: "lab" }, without(), /--fix/],
    [{ ...fix }, without(), /--key/],
    [{ ...fix, key: "lab" }, {}, /with Redis a repair looks first/],
    [{ ...fix, idle: true, key: "lab" }, without(), /--yes/],
  ])("%j is exit 2", async (flags, settings, said) => {
    const here = await fixture({ sick: "messages-never-release" });
    const error = await errorOf(here.doctor(flags, settings));
    expect(error.exit).toBe(2);
    expect(`${error.message} ${error.hint}`).toMatch(said);
  });

  test.each([
    ["Cache Delete Failed(Redis circuit breaker is open — skipping delete_cache_keys)", "breaker-open"],
    ["Cache Delete Failed(503: Cache not initialized. litellm.cache is None)", "no-cache"],
  ])("%s is exit 5", async (detail, code) => {
    const fixture = await openServerFixture();
    const stub = await startProxyStub({
      version: "1.91.5",
      paths: { "/cache/delete": { status: 500, body: { detail } }, "/key/info": { body: { key: KEY, info: {} } } },
    });
    try {
      const settings = { ...without(yes), baseUrl: stub.baseUrl, apiKey: "sk-admin-of-a-stub-01" };
      const error = await errorOf(fixture.doctor({ ...fix, idle: true, key: KEY }, settings));
      expect(error).toMatchObject({ exit: 5, code });
    } finally {
      await stub.stop();
      await fixture.close();
    }
  });
});
