import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { TypedFlags } from "../../src/doctor/suggestions.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { runsDir } from "../../src/runs/reader.js";
import {
  checkOf,
  counter,
  fixing,
  hash,
  member,
  openServerFixture,
  type ServerFixture,
  WATCH,
  yes,
} from "../support/doctor-fixture.js";
import { call, reading, refused } from "../support/events.js";
import { type ProxyStub, redisInfo, type StubAnswers, startProxyStub } from "../support/proxy-stub.js";
import { recordRun } from "../support/record-run.js";
import { header, KEY, write } from "../support/run-records.js";

let fixture: ServerFixture;
let stub: ProxyStub | undefined;
const redis = () => fixture.redis.client;
const apiKey = "sk-master-of-a-test-03";
const foreignHash = "e".repeat(64);
const [dev, prod] = [`dev:${counter}`, parallelKey(foreignHash, "prod")];

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(async () => {
  await redis().flushall();
  await rm(fixture.stateDir, { recursive: true, force: true });
});
afterEach(async () => {
  await stub?.stop();
  stub = undefined;
});

/** One slot of this age, in seconds. */
async function plant(key: string, age: number, n = 1): Promise<number> {
  const score = Number((await redis().time())[0]) - age;
  await redis().zadd(key, score, member(n));
  return score;
}

const held = (...keys: string[]) => Promise.all(keys.map((key) => redis().zcard(key)));

/** doctor with a proxy that tells `namespace`, the text of its /cache/ping, and lists the key of the fixture. */
async function withProxy(flags: TypedFlags, namespace: string, answers: StubAnswers = {}, settings = {}) {
  const ping = { "/cache/ping": { body: { health_check_cache_params: { namespace } } } };
  const runId = /run_id:(\w+)/.exec(await redis().info("server"))?.[1] ?? "";
  const paths = { ...redisInfo(runId), ...ping, ...answers.paths };
  stub = await startProxyStub({ version: "1.109.1", ...answers, paths });
  return fixture.doctor(flags, { ...yes, baseUrl: stub.baseUrl, apiKey, ...settings });
}

test("--idle of dev frees dev's slots and leaves prod's, which are two seconds old", async () => {
  await plant(dev, 1300);
  await plant(prod, 2);
  const flags = { ...fixing, idle: true, limit: "2", only: "counters" };
  const seen = await fixture.doctor(flags, { ...yes, redisNamespace: "dev" });
  expect(seen.document.repairs).toMatchObject([{ key: dev, status: "done" }]);
  expect(await held(dev, prod)).toEqual([0, 1]);
  expect(seen.exit).toBe(0);
  expect(checkOf(seen, "namespace")).toMatchObject({
    status: "pass",
    detail: "1 counter not yours and left alone",
    advice: expect.stringContaining("--redis-namespace prod, --key <Redis key> or --all-namespaces"),
    findings: [
      { key: prod, severity: "note", text: expect.stringContaining("in namespace prod, and this deployment's is dev") },
    ],
  });
});

test("--older-than of dev leaves prod's slots, however old they are, and they are no finding of the other checks", async () => {
  await plant(dev, 1300);
  await plant(prod, 1300);
  await redis().set(`prod:${counter}`, "-7");
  const flags = { ...fixing, olderThan: "15m", limit: "1" };
  const seen = await fixture.doctor(flags, { ...yes, redisNamespace: "dev" });
  expect(seen.document.repairs).toMatchObject([{ key: dev, status: "done" }]);
  expect(await held(dev, prod)).toEqual([0, 1]);
  for (const id of ["slots", "no-expiry", "negative", "locked"]) expect(checkOf(seen, id).status, id).toBe("pass");
  expect(checkOf(seen, "namespace").detail).toBe("2 counters not yours and left alone");
  expect(seen.exit).toBe(0);
});

test("before a repair the proxy tells its namespace, and what stands elsewhere or is not in its list stays", async () => {
  const [unlisted, plain] = [parallelKey(foreignHash, "dev"), counter];
  for (const key of [dev, prod, unlisted, plain]) await plant(key, 2);
  const seen = await withProxy({ ...fixing, idle: true, limit: "2" }, "dev");
  expect(seen.document.repairs).toMatchObject([{ key: dev, status: "done" }]);
  expect(await held(dev, prod, unlisted, plain)).toEqual([0, 1, 1, 1]);
  const texts = checkOf(seen, "namespace").findings.map(({ text }) =>
    text.replace("1 counter not yours, left alone: ", ""),
  );
  expect(texts.sort()).toEqual([
    "a plain name, and LiteLLM 1.109.1 counts under dev:…",
    "in namespace prod, and this deployment's is dev",
    "the proxy does not list its key",
  ]);
});

test("a proxy without a namespace, in Python's words, counts by plain names", async () => {
  await plant(counter, 2);
  await plant(dev, 2);
  const seen = await withProxy({ ...fixing, idle: true }, "None");
  expect(seen.document.repairs).toMatchObject([{ key: counter, status: "done" }]);
  expect(checkOf(seen, "namespace")).toMatchObject({
    status: "pass",
    findings: [{ text: expect.stringMatching(/in namespace dev, and this deployment has none$/) }],
  });
  expect(await held(dev)).toEqual([1]);
});

test("without --fix nobody is asked to write: the namespace is not known, is no pass, and the next line names it", async () => {
  await plant(dev, 1300);
  const seen = await withProxy({}, "dev", {}, { yes: false });
  expect(stub?.asked).not.toContain("/cache/ping");
  expect(seen.document.repairs).toEqual([]);
  expect(checkOf(seen, "namespace")).toMatchObject({
    status: "warn",
    detail: "1 counter left alone, not known to be yours",
    advice: expect.stringContaining("--redis-namespace dev"),
  });
  expect(seen.document.next).toContainEqual(expect.stringMatching(/^llmctl doctor --redis-namespace dev/));
});

test("what the operator names goes before what the proxy tells, and that before LiteLLM's configuration", async () => {
  await plant(dev, 2);
  await plant(`prod:${counter}`, 2);
  const planned = async (settings: object) => {
    const { document } = await withProxy({ ...fixing, idle: true }, "dev", {}, { dryRun: false, ...settings });
    await stub?.stop();
    const keys = document.repairs.map(({ key }) => key);
    for (const key of keys) await plant(key, 2);
    return keys;
  };
  expect(await planned({ redisNamespace: "prod" })).toEqual([`prod:${counter}`]);
  expect(await planned({ redisNamespace: "prod", namespaceFromLitellm: true })).toEqual([dev]);
  expect(await planned({})).toEqual([dev]);
});

test("the plain name beside a namespace: the release decides, and an unknown one means no", async () => {
  const freed = async (litellmVersion?: string) => {
    await redis().set(counter, "3");
    await redis().set(dev, "3");
    const flags = { ...fixing, idle: true, limit: "2", ...(litellmVersion ? { litellmVersion } : {}) };
    const seen = await fixture.doctor(flags, { ...yes, redisNamespace: "dev" });
    return { keys: seen.document.repairs.map(({ key }) => key).sort(), check: checkOf(seen, "namespace") };
  };
  expect((await freed("1.90.9")).keys).toEqual([dev, counter]);
  expect((await freed("1.91.0")).keys).toEqual([dev]);
  const unknown = await freed();
  expect(unknown.keys).toEqual([dev]);
  expect(unknown.check).toMatchObject({ status: "warn", advice: expect.stringContaining("--litellm-version") });
});

test("--all-namespaces, or the Redis key itself, includes others; a hash stays in the namespace in force", async () => {
  const both = `prod:${counter}`;
  const freed = async (flags: TypedFlags) => {
    for (const key of [dev, prod, both]) await plant(key, 2);
    const settings = { ...yes, redisNamespace: "dev" };
    const { document } = await fixture.doctor({ ...fixing, idle: true, ...flags }, settings);
    return document.repairs.map(({ key }) => key).sort();
  };
  expect(await freed({ allNamespaces: true })).toEqual([dev, prod, both].sort());
  expect(await freed({ key: prod })).toEqual([prod]);
  expect(await freed({ key: hash })).toEqual([dev]);
  expect(await freed({ key: `*:${counter}` })).toEqual([dev]);
  expect(await freed({ key: hash, allNamespaces: true })).toEqual([dev, both].sort());
});

test("a worker with nothing in flight speaks for its own deployment only", async () => {
  await plant(dev, 2);
  await plant(prod, 2);
  const flags = { ...fixing, workers: "1", allNamespaces: true };
  const paths = { "/health/backlog": { body: { in_flight_requests: 1 } } };
  const seen = await withProxy(flags, "dev", { paths });
  expect(seen.document.repairs).toMatchObject([
    { key: dev, evidence: [expect.stringMatching(/^idle: the only worker/)] },
  ]);
  expect(await held(prod)).toEqual([1]);
});

test("the release of the proxy says nothing of the type that another deployment's counter should have", async () => {
  await redis().set(prod, "2");
  // Whether it is locked is another question, which an observation as long as the longest call answers.
  const seen = await withProxy({ ...fixing, observe: WATCH, allNamespaces: true }, "dev");
  expect(seen.document.repairs).toEqual([]);
  expect(checkOf(seen, "wrong-type").status).toBe("pass");
  expect(await redis().get(prod)).toBe("2");
});

test("counters of others are not watched", async () => {
  await redis().set(prod, "3");
  const flags = { ...fixing, limit: "2", observe: "3s" };
  const seen = await fixture.doctor(flags, { ...yes, redisNamespace: "dev" });
  expect(seen.stderr).not.toContain("watching");
});

test("the window that another deployment's counter shows does not lengthen the observation of ours", async () => {
  await redis().set(prod, "3", "EX", 3600);
  await redis().set(dev, "3");
  const seen = await fixture.doctor({ ...fixing, limit: "2" }, { ...yes, redisNamespace: "dev" });
  expect(seen.stderr).toContain("watching 1 counter");
  expect(seen.document.repairs).toMatchObject([{ key: dev, status: "done" }]);
  expect(await redis().get(prod)).toBe("3");
});

test("what a run proved of another deployment's counter is left alone, and that is said", async () => {
  const key = `prod:${counter}`;
  const slot = { id: member(1), score: await plant(key, 9) };
  await recordRun(fixture, { key, members: [slot] });
  const freed = async (flags: TypedFlags) => fixture.doctor({ ...fixing, ...flags }, { ...yes, redisNamespace: "dev" });
  expect((await freed({})).document.repairs).toEqual([]);
  const named = await freed({ fromRun: "last" });
  expect(named.document.repairs).toEqual([]);
  expect(named.stderr).toMatch(/not yours: in namespace prod, and this deployment's is dev; --redis-namespace prod/);
  expect(await held(key)).toEqual([1]);
  expect((await freed({ fromRun: "last", allNamespaces: true })).document.repairs).toMatchObject([{ key }]);
});

test("minutes that are long over stay where they are another deployment's", async () => {
  const old = `${hash}::2026-01-02-03-04::request_count`;
  const value = '{"current_requests": 1, "current_tpm": 0, "current_rpm": 1}';
  await redis().mset(old, value, `dev:${old}`, value, `prod:${old}`, value);
  const flags = { ...fixing, litellmVersion: "1.75.0" };
  const seen = await fixture.doctor(flags, { ...yes, redisNamespace: "dev" });
  expect(seen.document.repairs).toMatchObject([{ key: `dev:${old}`, status: "done" }]);
  expect(await redis().exists(old, `prod:${old}`)).toBe(2);
});

test("where the check of namespaces was left out, what is left alone is said all the same", async () => {
  await plant(prod, 2);
  const seen = await fixture.doctor({ only: "slots" }, { redisNamespace: "dev" });
  expect(seen.stderr).toContain("1 counter not yours and left alone");
});

test("ten thousand counters of another deployment are one finding with a few names", async () => {
  const pipeline = redis().pipeline();
  for (let n = 0; n < 10_000; n++) pipeline.set(parallelKey(n.toString(16).padStart(64, "0"), "prod"), "1");
  await pipeline.exec();
  const seen = await fixture.doctor({}, { redisNamespace: "dev" });
  const { detail, findings } = checkOf(seen, "namespace");
  expect(detail).toMatch(/^10,?000 counters not yours/);
  expect(findings).toHaveLength(1);
  expect(findings[0]?.evidence).toHaveLength(21);
});

/** Three calls of a key, two of them refused while Redis was seen to hold nothing. */
const refusedWithRoom = [
  reading(0),
  call(1, 100, 190),
  reading(150, ["a"]),
  ...[2, 3].flatMap((n) => [reading(3000 * n - 10), refused(n, 3000 * n, 3000 * n + 20), reading(3000 * n + 30)]),
];

test("a run that another deployment's worker refused says nothing of this one's workers", async () => {
  const answers = { keys: [{ token: KEY, max_parallel_requests: 3 }], version: "1.95.0" };
  const seenOf = async (namespace: string) => {
    const of = header("refused", {
      redis: { address: fixture.redis.address, namespace, key: parallelKey(KEY, namespace) },
    });
    const path = await write(join(runsDir(fixture.stateDir), "refused.ndjson"), of, refusedWithRoom);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/"endedAt":"[^"]+"/, `"endedAt":"${new Date().toISOString()}"`));
    const seen = await withProxy({}, "dev", answers, { redisNamespace: "dev" });
    await stub?.stop();
    return checkOf(seen, "mirrors");
  };
  expect(await seenOf("dev")).toMatchObject({ status: "fail", findings: [{ key: parallelKey(KEY, "dev") }] });
  expect((await seenOf("prod")).status).toBe("pass");
});
