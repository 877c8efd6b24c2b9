import { expect, test } from "vitest";
import { scene } from "../support/lab-harness.js";

test("after a leak is taken out of Redis, the worker that leaked goes on refusing and the other serves", async () => {
  const { redis, name, connect } = await scene({ sick: "responses-never-release", workers: 2, limit: 2 });
  const [first, second] = [connect(), connect()];
  expect(await first.calls(3, "responses", { model: "claude-lab" })).toEqual([200, 200, 429]);
  expect(await second.call("chat")).toBe(429);
  expect(await redis.zcard(name)).toBe(2);
  await redis.del(name);
  expect(await first.call("chat")).toBe(429);
  expect(await second.call("chat")).toBe(200);
});

test("a limit raised for one call brings such a worker back", async () => {
  const { lab, redis, name, connect } = await scene({ sick: "responses-never-release", limit: 2 });
  const only = connect();
  await only.calls(2, "responses", { model: "claude-lab" });
  await redis.del(name);
  const row = lab.keys.find(lab.key);
  if (row) row.max_parallel_requests = 3;
  expect(await only.call("chat")).toBe(200);
  if (row) row.max_parallel_requests = 2;
  expect(await only.calls(2, "chat")).toEqual([200, 200]);
});

test("a connection stays with its worker, and new ones go round", async () => {
  const { lab } = await scene({ workers: 3 });
  const died = await Promise.all([1, 2, 3].map(() => fetch(`${lab.baseUrl}/lab/crash`, { method: "POST" })));
  const workers = (await Promise.all(died.map((answer) => answer.json()))) as { worker: number }[];
  expect(workers.map(({ worker }) => worker).sort()).toEqual([0, 1, 2]);
});

test("a worker that dies leaves its slots behind, and they stay when its calls end", async () => {
  const { lab, redis, name, connect } = await scene({ limit: 2 });
  const held = [connect(), connect()].map((one) => one.call("chat", { words: "wait=400" }));
  while ((await redis.zcard(name)) < 2);
  lab.crash();
  expect(await Promise.all(held)).toEqual([200, 200]);
  expect(await redis.zcard(name)).toBe(2);
  expect(await connect().call("chat")).toBe(429);
});

test("a string in the place of slots makes each worker count alone", async () => {
  const { redis, name, lab, connect } = await scene({ workers: 2, limit: 2 });
  await redis.set(name, "5");
  const held = [1, 2, 3, 4].map(() => connect().call("chat", { words: "wait=600" }));
  while (lab.stats().inFlight < 4) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await connect().call("chat")).toBe(429);
  expect(await Promise.all(held)).toEqual([200, 200, 200, 200]);
  expect(await redis.get(name)).toBe("5");
  await redis.del(name);
  expect(await connect().calls(2, "chat")).toEqual([200, 200]);
});
