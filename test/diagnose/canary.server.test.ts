import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { firstDifference } from "../../src/diagnose/facts/owner-snapshot.js";
import type { TypedFlags } from "../../src/doctor/suggestions.js";
import { type LabOptions, type RunningLab, startLab } from "../../src/lab/proxy.js";
import { parseKeyName } from "../../src/litellm/key-name.js";
import {
  checkOf,
  counter,
  type DoctorResult,
  hash,
  member,
  openServerFixture,
  type ServerFixture,
} from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";

let fixture: ServerFixture;
let lab: RunningLab | undefined;
let keyFile: string;
beforeAll(async () => {
  fixture = await openServerFixture();
  keyFile = join(fixture.stateDir, "canary.key");
});
afterAll(() => fixture?.close());
beforeEach(() => fixture.redis.client.flushall());
afterEach(async () => {
  await lab?.stop();
  lab = undefined;
});

/** Doctor with a key under test and no admin's key, so that no endpoint tells which Redis the lab uses. */
async function visit(options: LabOptions, flags: TypedFlags = {}, settings = {}): Promise<DoctorResult> {
  lab ??= await startLab(options);
  await writeFile(keyFile, lab.key);
  const redis = parseRedisUrl(lab.redisUrl, "url");
  return fixture.doctor({ canary: true, keyFile, ...flags }, { baseUrl: lab.baseUrl, redis, ...settings });
}

test.each([
  ["windowed, by its counter", { version: "1.79.1" }],
  ["slots, by a slot that is there while it runs", { version: "1.109.1", rpm: null, answerMs: 300 }],
  ["slots within a namespace, by its requests", { version: "1.95.0", namespace: "prod" }],
] as const)("a call proves the Redis of %s", async (_, options) => {
  const seen = await visit(options);
  expect(checkOf(seen, "same-redis")).toMatchObject({
    status: "pass",
    detail: expect.stringMatching(/was counted in this Redis: (a slot|its [\w ]+) appeared with it/),
  });
  expect(seen.stderr).toMatch(
    /canary: one call of \/v1\/chat\/completions to gpt-lab with the key sk-….*, at most 26 tokens/,
  );
  expect(seen.stderr).not.toContain(lab?.key);
  expect(lab?.stats().seen).toBe(1);
});

test("a call that leaves nothing here is counted elsewhere, and nothing here is repaired", async () => {
  await fixture.redis.client.set(counter, "3");
  const elsewhere = { redis: parseRedisUrl(fixture.server.url, "url") };
  const flags = { fix: true, limit: "2" };
  // Long enough for several looks at all keys.
  const seen = await visit({ version: "1.109.1", answerMs: 1500 }, flags, { ...elsewhere, yes: true });
  expect(checkOf(seen, "same-redis")).toMatchObject({
    status: "fail",
    detail: expect.stringMatching(
      /not the limiter's Redis: .*nothing of it appeared here.*nothing here will be repaired/,
    ),
  });
  expect(seen.document.repairs).toEqual([]);
  expect(await fixture.redis.client.get(counter)).toBe("3");
});

test("a call that proves nothing says why, and is asked for no more than once", async () => {
  const why = async (options: LabOptions, settings = {}) => checkOf(await visit(options, {}, settings), "same-redis");
  const elsewhere = { redis: parseRedisUrl(fixture.server.url, "url") };
  expect(await why({ version: "1.109.1", limit: null, rpm: null }, elsewhere)).toMatchObject({
    status: "warn",
    detail: expect.stringMatching(/nobody told whether its key has a limit/),
  });
  expect(lab?.stats().seen).toBe(1);
  expect(await why({}, { dryRun: true })).toMatchObject({ detail: expect.stringMatching(/not sent \(--dry-run\)/) });
  expect(lab?.stats().seen).toBe(1);
});

test("a key in use proves nothing: its counters move by themselves", async () => {
  lab = await startLab({ version: "1.95.0" });
  const over = new AbortController();
  const customer = (async () => {
    while (!over.signal.aborted) {
      const headers = { authorization: `Bearer ${lab?.key}`, "content-type": "application/json" };
      const body = JSON.stringify({ model: "gpt-lab", messages: [{ role: "user", content: "hi" }] });
      await fetch(`${lab?.baseUrl}/v1/chat/completions`, { method: "POST", headers, body }).then((one) => one.text());
      await sleep(50);
    }
  })();
  await sleep(200);
  expect(checkOf(await visit({}), "same-redis")).toMatchObject({
    status: "warn",
    detail: expect.stringMatching(/other calls with the canary's key/),
  });
  over.abort();
  await customer;
});

test("what the proxy's own endpoints prove needs no call", async () => {
  lab = await startLab({ version: "1.95.0" });
  const seen = await visit({}, {}, { apiKey: lab.masterKey });
  expect(checkOf(seen, "same-redis")).toMatchObject({ status: "pass", detail: expect.stringMatching(/run id/) });
  expect(lab.stats().seen).toBe(0);
});

test("a canary without a key, with the admin's, or with a model that is not there is exit 2", async () => {
  lab = await startLab({ version: "1.95.0" });
  const here = { baseUrl: lab.baseUrl };
  expect(await errorOf(fixture.doctor({ canary: true }, here))).toMatchObject({ exit: 2, code: "no-key" });
  await writeFile(keyFile, lab.masterKey);
  const admin = { ...here, apiKey: lab.masterKey };
  expect(await errorOf(fixture.doctor({ canary: true, keyFile }, admin))).toMatchObject({ exit: 2 });
  expect(await errorOf(fixture.doctor({ canary: true, keyFile }))).toMatchObject({ exit: 2, code: "no-base-url" });
  expect(await errorOf(visit({}, { model: "no-such" }))).toMatchObject({ exit: 2, code: "model-not-found" });
});

test("news is what rises or appears; what falls or goes is none", () => {
  const trace = (...keys: [string, object][]) =>
    new Map(
      keys.map(([name, reading]) => {
        const parsed = parseKeyName(name) as NonNullable<ReturnType<typeof parseKeyName>>;
        const whole = { key: name, type: "string", ttlMs: 1, timeMs: 1, value: "", size: 0, members: [], ...reading };
        return [name, { name: parsed, reading: whole }];
      }),
    );
  const requests = counter.replace("max_parallel_requests", "requests");
  const slots = (...ids: number[]) => ({ type: "zset", members: ids.map((id) => ({ id: member(id), score: 1 })) });
  expect(firstDifference(trace([counter, { value: "2" }]), trace([counter, { value: "3" }]))).toBe(
    "its max_parallel_requests",
  );
  expect(firstDifference(trace([counter, { value: "3" }]), trace([counter, { value: "2" }]))).toBeUndefined();
  expect(firstDifference(trace(), trace([requests, { value: "1" }]))).toBe("its requests");
  expect(firstDifference(trace([requests, { value: "1" }]), trace())).toBeUndefined();
  const minute = `${hash}::2026-11-25-16-02::request_count`;
  expect(
    firstDifference(
      trace([minute, { value: '{"current_requests": 0}' }]),
      trace([minute, { value: '{"current_requests": 1}' }]),
    ),
  ).toBe("its counter of this minute");
  expect(firstDifference(trace([counter, slots(1)]), trace([counter, slots(1, 2)]))).toBe("a slot");
  expect(firstDifference(trace([counter, slots(1, 2)]), trace([counter, slots(2)]))).toBeUndefined();
});
