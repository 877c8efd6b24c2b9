import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { counter, fixing, member, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { type ProxyStub, startProxyStub } from "../support/proxy-stub.js";

let fixture: ServerFixture;
let stub: ProxyStub | undefined;
const redis = () => fixture.redis.client;
const apiKey = "sk-master-of-a-test-02";

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());
afterEach(() => stub?.stop());

/** A worker that has so many calls in flight, one answer after another; the last one stays. Its own request counts too. */
async function worker(...inFlight: number[]) {
  const backlog = {
    get body() {
      return { in_flight_requests: 1 + ((inFlight.length > 1 ? inFlight.shift() : inFlight[0]) ?? 0) };
    },
  };
  stub = await startProxyStub({ version: "1.95.0", paths: { "/health/backlog": backlog } });
  return fixture.doctor({ ...fixing, workers: "1" }, { ...yes, baseUrl: stub.baseUrl, apiKey });
}

test("the only worker has nothing in flight, before and after Redis was read: what is there was left behind", async () => {
  await redis().zadd(counter, 1_790_000_000, member(1));
  const { document } = await worker(0);
  expect(document.repairs).toMatchObject([
    { status: "done", evidence: [expect.stringMatching(/^idle: the only worker/)] },
  ]);
});

test("a call that came after the worker's word and before Redis was read is not taken for left behind", async () => {
  await redis().zadd(counter, Number((await redis().time())[0]), member(1));
  const { document } = await worker(0, 1);
  expect(document.repairs).toEqual([]);
  expect(await redis().zcard(counter)).toBe(1);
});
