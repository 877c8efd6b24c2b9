import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { DEFECT_NAMES, type DefectName } from "../../src/lab/defects/index.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { scene } from "../support/lab-harness.js";

const CALLS = {
  chat: { route: "chat" },
  messages: { route: "messages" },
  responses: { route: "responses" },
  "responses of claude": { route: "responses", model: "claude-lab" },
  "chat stream left": { route: "chat", stream: true, words: "chunks=30 gap=10", leave: true },
  "messages stream left": { route: "messages", stream: true, words: "chunks=30 gap=10", leave: true },
  "chat failed": { route: "chat", words: "status=500" },
} as const;

/** What is left of one call when it has ended: 1 = a leak, −1 = given back twice. */
const LEFT: Record<DefectName, Partial<Record<keyof typeof CALLS, number>>> = {
  healthy: {},
  "messages-never-release": { messages: 1, responses: 1, "responses of claude": 1, "messages stream left": 1 },
  "sticky-lock": {},
  "responses-never-release": { "responses of claude": 1 },
  "aborted-stream-leaks": { "chat stream left": 1, "messages stream left": 1 },
  "over-admits": { "messages stream left": -1 },
};

test.each(DEFECT_NAMES.filter((name) => name !== "sticky-lock"))(
  "%s leaves what it says and nothing else",
  async (sick) => {
    const { lab, redis, connect } = await scene({ sick });
    const play = async (name: string) => {
      const { route, ...options } = CALLS[name as keyof typeof CALLS];
      const key = `sk-${name.replaceAll(" ", "-")}-0001`;
      Object.assign(lab.keys.add(key, Date.now()) ?? {}, { max_parallel_requests: 5, rpm_limit: 1000 });
      await connect(key).call(route, options);
      await sleep(1000);
      const counter = parallelKey(ownerOfSecret(key));
      const held = (await redis.type(counter)) === "zset" ? redis.zcard(counter) : redis.get(counter).then(Number);
      return [name, await held] as const;
    };
    const left = await Promise.all(Object.keys(CALLS).map(play));
    expect(Object.fromEntries(left.filter(([, held]) => held !== 0))).toEqual(LEFT[sick]);
  },
);

test("a locked key of 1.79.1 has no expiry, and one chat call gives it one", async () => {
  const { redis, name, connect } = await scene({ sick: "messages-never-release", limit: 2 });
  const one = connect();
  expect(await one.calls(4, "messages")).toEqual([200, 200, 429, 429]);
  expect([await redis.get(name), await redis.ttl(name)]).toEqual(["3", -1]);
  expect(await one.call("chat")).toBe(429);
  expect([await redis.get(name), await redis.ttl(name)]).toEqual(["2", 60]);
});

test("a sticky lock lasts while somebody retries, and goes when nobody does or the counter is deleted", async () => {
  const { redis, name, connect } = await scene({ sick: "sticky-lock", limit: 2, windowS: 2 });
  const one = connect();
  for (let i = 0; i < 8; i++) {
    expect(await one.call("chat")).toBe(429);
    expect([await redis.get(name), await redis.ttl(name)]).toEqual(["2", 2]);
    await sleep(500);
  }
  await redis.del(name);
  expect(await one.call("chat")).toBe(200);
});

test("a refusal by a worker's memory lowers a counter that it has not raised, down to the limit", async () => {
  const { redis, name, connect } = await scene({ sick: "over-admits", limit: 5 });
  const one = connect();
  await one.call("chat");
  await redis.set(name, 15, "KEEPTTL");
  const values: (string | null)[] = [];
  for (let i = 0; i < 14; i++) {
    expect(await one.call("chat")).toBe(429);
    values.push(await redis.get(name));
  }
  // As read on a running 1.91.5.
  expect(values.join(" ")).toBe("15 14 13 12 11 10 9 8 7 6 5 5 5 5");
});

test("calls that a worker takes with it when it dies lock a key of 1.91.5 for those who retry", async () => {
  const { lab, redis, name, connect } = await scene({ sick: "over-admits", limit: 2 });
  const held = [1, 2].map(() => connect().call("chat", { words: "wait=500" }));
  while ((await redis.get(name)) !== "2") await sleep(5);
  lab.crash();
  await Promise.all(held);
  expect(await connect().calls(4, "messages")).toEqual([429, 429, 429, 429]);
  expect(await redis.get(name)).toBe("2");
});

test("a window that ends forgets the calls in flight, so that twice the limit runs", async () => {
  const { lab, connect } = await scene({ sick: "over-admits", limit: 2, rpm: null, windowS: 1 });
  const calls = [1, 2].map(() => connect().call("chat", { words: "wait=2500" }));
  await sleep(1500);
  calls.push(...[1, 2].map(() => connect().call("chat", { words: "wait=500" })));
  expect(await Promise.all(calls)).toEqual([200, 200, 200, 200]);
  expect(lab.stats().peak).toBe(4);
});

test("a healthy lab admits the limit of a burst and no more, with several workers", async () => {
  const { lab, connect } = await scene({ workers: 3, limit: 3 });
  const burst = Array.from({ length: 12 }, () => connect().call("chat", { words: "wait=300" }));
  expect((await Promise.all(burst)).sort()).toEqual([...Array(3).fill(200), ...Array(9).fill(429)]);
  expect(lab.stats()).toEqual({ inFlight: 0, peak: 3, seen: 3 });
});
