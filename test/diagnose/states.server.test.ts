import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { checkOf, counter, hash, member, openServerFixture, type ServerFixture } from "../support/doctor-fixture.js";
import { type ProxyStub, type StubAnswers, startProxyStub } from "../support/proxy-stub.js";

let fixture: ServerFixture;
let stub: ProxyStub | undefined;
const redis = () => fixture.redis.client;

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());
afterEach(async () => {
  await stub?.stop();
  stub = undefined;
});

const keys = [{ token: hash, key_alias: "the patient", max_parallel_requests: 2 }];

async function visit(answers: StubAnswers, flags = {}, settings = {}) {
  stub = await startProxyStub({ keys, ...answers });
  return fixture.doctor(flags, { baseUrl: stub.baseUrl, apiKey: "sk-master-of-a-test-01", ...settings });
}
const fixed = (answers: StubAnswers, flags = {}, settings = {}) =>
  visit(answers, { fix: true, ...flags }, { yes: true, ...settings });

test("a number that 1.79.1 left under 1.95.0 is found and taken away when nothing moves it", async () => {
  await redis().set(counter, "1");
  const seen = await fixed({ version: "1.95.0" });
  expect(seen.document.repairs).toMatchObject([
    { id: expect.stringMatching(/^wrong-type-/), status: "done", evidence: [expect.stringMatching(/^impossible/)] },
  ]);
  expect(seen.document.outOfReach[0]?.text).toMatch(/heals at once/);
  expect(await redis().exists(counter)).toBe(0);
  expect(seen.exit).toBe(0);
});

test("a number with an expiry under 1.95.0 is an older pod's: it is reported and left alone", async () => {
  await redis().set(counter, "5", "EX", 60);
  const seen = await fixed({ version: "1.95.0" });
  expect(seen.document.repairs).toEqual([]);
  expect(checkOf(seen, "wrong-type")).toMatchObject({
    status: "warn",
    findings: [{ evidence: [expect.stringMatching(/expiry/)] }],
  });
  expect(await redis().get(counter)).toBe("5");
});

test("a number that moves under 1.95.0 is in use by an older pod", async () => {
  await redis().set(counter, "1");
  const timer = setInterval(() => void redis().incr(counter), 200);
  const seen = await fixed({ version: "1.95.0" });
  clearInterval(timer);
  expect(seen.document.repairs).toEqual([]);
  expect(await redis().exists(counter)).toBe(1);
});

test("a sorted set under 1.91.5 expires when it has an expiry, and is freed when it has none and stands still", async () => {
  const [now] = (await redis().time()).map(Number) as [number, number];
  await redis().zadd(counter, now - 60, member(1));
  await redis().expire(counter, 50);
  expect((await fixed({ version: "1.91.5" })).document.repairs).toEqual([]);
  await stub?.stop();
  await redis().persist(counter);
  const seen = await fixed({ version: "1.91.5" });
  expect(seen.document.repairs).toMatchObject([{ status: "done", action: "remove 1 of 1 slots" }]);
  expect(await redis().exists(counter)).toBe(0);
});

test("sticky at the limit while refused calls keep it there: freed, and nobody's slot with it", async () => {
  await redis().set(counter, "2", "EX", 2);
  // What a refused call of LiteLLM 1.91.5 does.
  const timer = setInterval(() => {
    void redis().multi().incr(`{api_key:${hash}}:requests`).incr(counter).decr(counter).expire(counter, 2).exec();
  }, 50);
  const seen = await fixed({ version: "1.91.5" });
  clearInterval(timer);
  expect(seen.document.repairs).toMatchObject([
    {
      status: "done",
      evidence: [expect.stringMatching(/locked: never below 2 \(limit 2\).* [1-9]\d* attempts, no success/)],
    },
  ]);
});

test("a busy key that looks just so, but whose tokens grow, is not touched", async () => {
  await redis().set(counter, "2", "EX", 60);
  const timer = setInterval(() => {
    void redis()
      .multi()
      .incr(`{api_key:${hash}}:requests`)
      .incrby(`{api_key:${hash}}:tokens`, 40)
      .expire(counter, 60)
      .exec();
  }, 100);
  const seen = await fixed({ version: "1.91.5" });
  clearInterval(timer);
  expect(seen.document.repairs).toEqual([]);
  expect(checkOf(seen, "locked")).toMatchObject({
    status: "warn",
    findings: [{ evidence: [expect.stringMatching(/succeed/)] }],
  });
  expect(await redis().get(counter)).toBe("2");
});

test("a limit of zero refuses every call by itself: that is no lock", async () => {
  await redis().set(counter, "0", "EX", 60);
  const none = [{ token: hash, key_alias: "the patient", max_parallel_requests: 0 }];
  const seen = await fixed({ version: "1.91.5", keys: none });
  expect(seen.document.repairs).toEqual([]);
  expect(checkOf(seen, "locked").findings[0]?.evidence).toMatchObject([expect.stringMatching(/limit of 0 refuses/)]);
});

test("negative counters are told and left alone", async () => {
  await redis().set(counter, "-3", "EX", 60);
  const seen = await fixed({ version: "1.91.5" }, { idle: true });
  expect(checkOf(seen, "negative")).toMatchObject({ status: "warn", findings: [{ text: "the patient at -3" }] });
  expect(await redis().get(counter)).toBe("-3");
});

test("with a namespace, each release's own spelling counts and the other is told", async () => {
  await redis().set(counter, "1", "EX", 60);
  await redis().set(`prod:${counter}`, "1", "EX", 60);
  const orphanOf = async (version: string) => {
    const seen = await visit({ version }, {}, { redisNamespace: "prod" });
    await stub?.stop();
    return checkOf(seen, "namespace").findings.map(({ key }) => key);
  };
  expect(await orphanOf("1.91.5")).toEqual([counter]);
  expect(await orphanOf("1.80.8")).toEqual([`prod:${counter}`]);
  expect(checkOf(await visit({ version: "1.91.5" }), "namespace")).toMatchObject({
    status: "warn",
    advice: expect.stringMatching(/--redis-namespace/),
  });
});

test("the plain name that a namespaced 1.79.1 has locked is freed; the drifted spelling is not touched", async () => {
  await redis().set(counter, "7");
  await redis().set(`prod:${counter}`, "-7");
  const seen = await fixed({ version: "1.79.1" }, {}, { redisNamespace: "prod" });
  expect(seen.document.repairs).toMatchObject([{ key: counter, status: "done" }]);
  expect(await redis().get(`prod:${counter}`)).toBe("-7");
});

test("keys of minutes that are long over go, today's and those that expire stay", async () => {
  const value = '{"current_requests": 1, "current_tpm": 0, "current_rpm": 1}';
  const [now] = (await redis().time()).map(Number) as [number, number];
  const stamp = (agoS: number) => new Date((now - agoS) * 1000).toISOString().slice(0, 16).replace(/[T:]/g, "-");
  const [old, expiring, today] = [stamp(200_000), stamp(300_000), stamp(3600)].map(
    (minute) => `${hash}::${minute}::request_count`,
  ) as [string, string, string];
  await redis().mset(old, value, expiring, value, today, value);
  await redis().expire(expiring, 60);
  const seen = await fixed({ version: "1.75.0" });
  expect(seen.document.repairs).toMatchObject([{ key: old, status: "done" }]);
  expect(await redis().exists(expiring, today)).toBe(2);
});

test("a key of a type that no release writes is told and never touched", async () => {
  await redis().rpush(counter, "x");
  const seen = await fixed({ version: "1.95.0" }, { idle: true, olderThan: "1s" });
  expect(seen.document.repairs).toEqual([]);
  expect(checkOf(seen, "wrong-type").findings[0]?.text).toMatch(/does not touch it/);
  expect(await redis().type(counter)).toBe("list");
});

test("the only worker with nothing in flight is evidence, with calls in flight it is none", async () => {
  await redis().set(counter, "2");
  const backlog = (count: number) => ({ "/health/backlog": { body: { in_flight_requests: count } } });
  const busy = await fixed({ version: "1.91.5", paths: backlog(2) }, { workers: "1", observe: "0" });
  expect(busy.document.repairs).toEqual([]);
  await stub?.stop();
  const unsaid = await fixed({ version: "1.91.5", paths: backlog(1) }, { observe: "0" });
  expect(unsaid.document.repairs).toEqual([]);
  await stub?.stop();
  const quiet = await fixed({ version: "1.91.5", paths: backlog(1) }, { workers: "1", observe: "0" });
  expect(quiet.document.repairs).toMatchObject([{ status: "done", evidence: [expect.stringMatching(/only worker/)] }]);
});

test("a repair is chosen by its id, and the others stay", async () => {
  const other = counter.replace(hash, hash.replace(/^./, "f"));
  await redis().mset(counter, "3", other, "4");
  const both = { version: "1.79.1", keys: [...keys, { token: hash.replace(/^./, "f"), max_parallel_requests: null }] };
  const { document } = await visit(both, { limit: "2" });
  await stub?.stop();
  const id = document.repairs.find(({ key }) => key === other)?.id ?? "";
  const seen = await fixed(both, { limit: "2", only: id });
  expect(seen.document.repairs).toMatchObject([{ id, status: "done" }]);
  expect(await redis().mget(counter, other)).toEqual(["3", null]);
});
