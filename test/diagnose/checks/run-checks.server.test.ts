import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../../src/config/redis-url.js";
import { checks } from "../../../src/diagnose/checks/index.js";
import type { TypedFlags } from "../../../src/doctor/suggestions.js";
import { freePort } from "../../../src/lab/redis.js";
import { doctorDocument } from "../../../src/output/documents/doctor.js";
import {
  checkOf,
  counter,
  type DoctorResult,
  hash,
  member,
  openServerFixture,
  type ServerFixture,
} from "../../support/doctor-fixture.js";
import { documentResult } from "../../support/document-result.js";
import { errorOf } from "../../support/keys-session.js";
import { noCache, type ProxyStub, redisInfo, type StubAnswers, startProxyStub } from "../../support/proxy-stub.js";

let fixture: ServerFixture;
let stub: ProxyStub | undefined;
const redis = () => fixture.redis.client;
const apiKey = "sk-master-of-a-test-01";

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());
afterEach(async () => {
  await stub?.stop();
  stub = undefined;
});

/** Doctor with a proxy that answers so. */
async function visit(answers: StubAnswers, flags = {}) {
  stub = await startProxyStub(answers);
  return fixture.doctor(flags, { baseUrl: stub.baseUrl, apiKey });
}

const runId = async () => /run_id:(\w+)/.exec(await redis().info("server"))?.[1] ?? "";

test("without a proxy, what needs one is skipped and says what to type; the rest runs", async () => {
  const seen = await fixture.doctor();
  for (const id of ["proxy", "limiter", "known-leaks", "same-redis", "wrong-type"]) {
    expect(checkOf(seen, id), id).toMatchObject({
      status: "skip",
      detail: expect.stringMatching(/no proxy was named/),
    });
  }
  expect(checkOf(seen, "proxy").advice).toContain("--base-url");
  for (const id of [
    "redis",
    "eviction",
    "no-expiry",
    "locked",
    "slots",
    "negative",
    "namespace",
    "garbage",
    "mirrors",
  ]) {
    expect(checkOf(seen, id).status, id).toBe("pass");
  }
  expect(seen.exit).toBe(0);
});

test("without Redis, what needs it is skipped; the proxy is judged all the same", async () => {
  stub = await startProxyStub({});
  const { redis: _, ...settings } = fixture.context().settings;
  const here = { ...fixture.context(), settings: { ...settings, baseUrl: stub.baseUrl, apiKey } };
  const { doctor } = await import("../../../src/doctor/command.js");
  const { document, exit } = await documentResult(doctor(here, {}));
  const byId = new Map(doctorDocument.parse(document).checks.map((one) => [one.id, one]));
  expect(byId.get("known-leaks")?.status).toBe("warn");
  for (const id of ["redis", "eviction", "locked", "slots", "mirrors"]) {
    expect(byId.get(id), id).toMatchObject({ status: "skip", detail: "no Redis was named" });
  }
  expect(exit).toBe(0);
});

test("a proxy or a Redis that was named and does not answer is a failed check, and exit 3", async () => {
  const nobody = await freePort();
  const seen = await fixture.doctor(
    {},
    { baseUrl: `http://127.0.0.1:${nobody}`, redis: parseRedisUrl(`redis://127.0.0.1:${nobody}`, "url") },
  );
  expect(checkOf(seen, "proxy")).toMatchObject({ status: "fail", detail: expect.stringMatching(/ECONNREFUSED/) });
  expect(checkOf(seen, "redis")).toMatchObject({ status: "fail", detail: expect.stringMatching(/ECONNREFUSED/) });
  expect(checkOf(seen, "locked").status).toBe("skip");
  expect(seen.exit).toBe(3);
});

test("with neither there is nothing to look at: exit 2; --fix without Redis too, and exit 5 when it is away", async () => {
  const { redis: _, ...settings } = fixture.context().settings;
  const { doctor } = await import("../../../src/doctor/command.js");
  const here = { ...fixture.context(), settings };
  expect(await errorOf(doctor(here, {}))).toMatchObject({ exit: 2, code: "nothing-named" });
  expect(await errorOf(doctor(here, { fix: true }))).toMatchObject({ exit: 2, code: "no-redis" });
  const away = parseRedisUrl(`redis://127.0.0.1:${await freePort()}`, "url");
  expect(await errorOf(fixture.doctor({ fix: true }, { redis: away, yes: true }))).toMatchObject({ exit: 5 });
});

test("proxy: a proxy that does not tell its keys is a warning, one that does passes", async () => {
  const silent = await visit({
    paths: { "/key/list": { status: 500, body: { error: { message: "DB not connected" } } } },
  });
  expect(checkOf(silent, "proxy")).toMatchObject({ status: "warn", detail: expect.stringMatching(/DB not connected/) });
  await stub?.stop();
  expect(checkOf(await visit({}), "proxy").status).toBe("pass");
});

test("known-leaks: the bug report and the release that mends it are named; a mended release passes", async () => {
  const { findings, status, advice } = checkOf(await visit({ version: "1.79.1" }), "known-leaks");
  expect(status).toBe("warn");
  expect(advice).toMatch(/upgrade to LiteLLM \d/);
  expect(findings[0]).toMatchObject({
    link: expect.stringMatching(/issues\/17323$/),
    text: expect.stringMatching(/fixed in 1\.80\.8/),
  });
  await stub?.stop();
  expect(checkOf(await visit({ version: "1.109.1" }), "known-leaks").status).toBe("pass");
});

test("limiter: each generation is told from the others", async () => {
  for (const [answers, word] of [
    [{ version: "1.79.1" }, /windowed/],
    [{ version: "1.95.0" }, /slots/],
    [{ version: "1.91.5", limiter: "minute" }, /minute/],
  ] as const) {
    expect(checkOf(await visit(answers), "limiter")).toMatchObject({
      status: "pass",
      detail: expect.stringMatching(word),
    });
    await stub?.stop();
  }
});

test("same-redis: proved by the server's own random name, whatever the address", async () => {
  expect(checkOf(await visit({ paths: redisInfo(await runId()) }), "same-redis").status).toBe("pass");
  expect(stub?.asked).not.toContain("/cache/ping");
});

test("same-redis: another server, or another database of it, fails and nothing is repaired there", async () => {
  await redis().set(counter, "3");
  for (const paths of [redisInfo("0".repeat(40)), redisInfo(await runId(), 5)]) {
    stub = await startProxyStub({ paths });
    const seen = await fixture.doctor({ fix: true, limit: "2" }, { baseUrl: stub.baseUrl, apiKey, yes: true });
    await stub.stop();
    expect(checkOf(seen, "same-redis")).toMatchObject({
      status: "fail",
      detail: expect.stringMatching(/nothing here will be repaired/),
    });
    expect(seen.document.repairs).toEqual([]);
    expect(seen.exit).toBe(3);
    expect(await redis().get(counter)).toBe("3");
  }
});

test("same-redis: by address where the proxy tells no more, and by none when there is no Redis at all", async () => {
  const ping = (host: string, port: number) => ({
    "/cache/ping": {
      body: {
        health_check_cache_params: {
          host: "None",
          port: "None",
          namespace: "None",
          redis_kwargs: { host, port: `${port}` },
        },
      },
    },
  });
  const asked = async (paths: NonNullable<StubAnswers["paths"]>, flags: TypedFlags) => {
    const { status, detail } = checkOf(await visit({ paths }, flags), "same-redis");
    const pinged = stub?.asked.includes("/cache/ping");
    await stub?.stop();
    return { pinged, said: `${status}: ${detail}` };
  };
  // /cache/ping stores a value in Redis, so nobody is asked for it who was not allowed to write.
  const at = async (paths: NonNullable<StubAnswers["paths"]>) => (await asked(paths, { fix: true })).said;
  expect(await asked(ping("localhost", fixture.server.port), {})).toMatchObject({ pinged: false });
  expect(await at(ping("localhost", fixture.server.port))).toMatch(/^pass/);
  expect(await at(ping("redis.internal", 6379))).toMatch(/^warn: .*redis\.internal:6379/);
  expect(await at(noCache)).toMatch(/^warn: .*each process counts alone/);
  expect(await at({ "/cache/redis/info": { status: 403, body: { detail: "no" } } })).toMatch(/^skip/);
});

test("eviction: a full Redis must not drop counters", async () => {
  await redis().config("SET", "maxmemory-policy", "allkeys-lru");
  expect(checkOf(await fixture.doctor(), "eviction").status).toBe("pass");
  await redis().config("SET", "maxmemory", "100mb");
  expect(checkOf(await fixture.doctor(), "eviction")).toMatchObject({
    status: "warn",
    advice: expect.stringMatching(/noeviction/),
  });
  await redis().config("SET", "maxmemory", "0");
  await redis().config("SET", "maxmemory-policy", "noeviction");
});

test("a throw is a failed check, and the others go on", async () => {
  const broken = { ...checks.negative };
  const { title, run } = checks.negative;
  Object.assign(checks.negative, {
    run: () => {
      throw new Error("out of order");
    },
  });
  try {
    const seen = await fixture.doctor();
    expect(checkOf(seen, "negative")).toMatchObject({
      status: "fail",
      title,
      detail: expect.stringMatching(/out of order/),
    });
    expect(checkOf(seen, "garbage").status).toBe("pass");
  } finally {
    Object.assign(checks.negative, { ...broken, run });
  }
});

test("--only runs the named checks alone, and a word that names none is exit 2", async () => {
  await redis().set(counter, "3");
  const { document } = await fixture.doctor({ only: "locked,redis", limit: "2" });
  expect(document.checks.map(({ id }) => id)).toEqual(["redis", "locked"]);
  expect(await errorOf(fixture.doctor({ only: "lockd" }))).toMatchObject({
    exit: 2,
    hint: expect.stringMatching(/no-expiry/),
  });
});

test("--only and --skip take groups and ids, of checks and of repairs", async () => {
  await redis().set(counter, "3");
  const ids = async (flags: TypedFlags) =>
    (await fixture.doctor({ limit: "2", ...flags })).document.checks.map(({ id }) => id);
  expect(await ids({ only: "store,slots" })).toEqual(["redis", "same-redis", "eviction", "slots"]);
  expect(await ids({ skip: "counters,litellm" })).toEqual(["redis", "same-redis", "eviction"]);
  expect(await ids({ only: "store", skip: "eviction,same-redis" })).toEqual(["redis"]);
  const [repair] = (await fixture.doctor({ limit: "2" })).document.repairs;
  expect(repair?.id).toMatch(/^locked-/);
  const plans = async (flags: TypedFlags) => (await fixture.doctor({ limit: "2", ...flags })).document.repairs.length;
  expect([await plans({ only: "counters" }), await plans({ only: repair?.id as string })]).toEqual([1, 1]);
  expect([await plans({ skip: "locked" }), await plans({ skip: repair?.id as string })]).toEqual([0, 0]);
  expect(await ids({ skip: repair?.id as string })).toContain("locked");
  expect(await errorOf(fixture.doctor({ only: "redis", skip: "store" }))).toMatchObject({ exit: 2, code: "no-check" });
  expect(await errorOf(fixture.doctor({ skip: "stor" }))).toMatchObject({
    exit: 2,
    hint: expect.stringMatching(/groups are: litellm, config, store, counters/),
  });
});

test("every finding says how bad it is, what to do, and which issue it is about", async () => {
  const { findings } = checkOf(await visit({ version: "1.79.1" }), "known-leaks");
  expect(findings[0]).toMatchObject({ severity: "warn", issues: [17323], advice: expect.stringMatching(/upgrade/) });
  expect(findings.every(({ advice }) => advice !== "")).toBe(true);
  await stub?.stop();
  const healthy = checkOf(await visit({ version: "1.109.1" }), "known-leaks");
  expect(healthy.findings.map(({ severity, advice }) => [severity, advice])).toContainEqual(["note", ""]);
});

test("the checks of config.yaml run when one is named, or asked for; its Redis and its key are enough to begin with", async () => {
  const file = join(fixture.stateDir, "litellm.yaml");
  const { port } = fixture.server;
  await writeFile(
    file,
    `litellm_settings:\n  cache: true\n  cache_params: {type: redis, host: 127.0.0.1, port: ${port}}\n`,
  );
  const ran = ({ document }: DoctorResult) =>
    document.checks.filter(({ id }) => id.startsWith("config-")).map(({ status }) => status);
  expect(ran(await fixture.doctor())).toEqual([]);
  expect(ran(await fixture.doctor({ only: "config" }))).toEqual(Array(5).fill("skip"));
  const named = await fixture.doctor({ litellmVersion: "1.95.0" }, { litellmConfig: { path: file, env: {} } });
  expect(ran(named)).toEqual(Array(5).fill("pass"));
  expect(checkOf(named, "known-leaks").status).toBe("warn");
  expect(await errorOf(fixture.doctor({ litellmVersion: "newest" }))).toMatchObject({ exit: 2, code: "bad-version" });
});

test("--key takes a hash, an alias or a Redis key; a plain secret is refused and not repeated", async () => {
  await redis().set(counter, "3");
  await redis().set(counter.replace("}", "0}"), "3");
  const keys = [{ token: hash, key_alias: "the patient", max_parallel_requests: 2 }];
  for (const key of [hash, counter, "the patient"]) {
    const { document } = await visit({ keys }, { key });
    await stub?.stop();
    expect(document.repairs.map((repair) => repair.key)).toEqual([counter]);
  }
  const error = await errorOf(fixture.doctor({ key: "sk-patient-of-the-doctor" }));
  expect(error).toMatchObject({ exit: 2, code: "secret-as-argument" });
  expect(error.message).not.toContain("patient-of");
});

test("the alias and the limit come from the proxy, and --limit does not overrule it", async () => {
  await redis().set(counter, "3");
  const seen = await visit(
    { keys: [{ token: hash, key_alias: "the patient", max_parallel_requests: 5 }] },
    { limit: "2" },
  );
  expect(seen.document.repairs).toEqual([]);
  expect(checkOf(seen, "no-expiry").findings[0]?.text).toMatch(/^the patient: 3 of 5/);
});

test("slots of a healthy key pass", async () => {
  const [now] = (await redis().time()).map(Number) as [number, number];
  await redis().zadd(counter, now - 30, member(1));
  const seen = await visit({ version: "1.109.1", keys: [{ token: hash, max_parallel_requests: 2 }] });
  expect(checkOf(seen, "slots").status).toBe("pass");
  expect(seen.exit).toBe(0);
  expect(seen.document.next).toEqual([]);
});
