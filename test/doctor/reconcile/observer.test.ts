import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/config/clock.js";
import { LONGEST_GAP_MS, Observer } from "../../../src/doctor/reconcile/observer.js";
import type { WatchTarget } from "../../../src/doctor/watch/watch.js";
import { parseKeyName } from "../../../src/litellm/key-name.js";
import { counter, openSurgery, type Surgery } from "../surgery.js";

let surgery: Surgery;
const redis = () => surgery.redis.client;

beforeAll(async () => {
  surgery = await openSurgery();
});
afterAll(() => surgery?.close());
beforeEach(() => redis().flushall());

const target = (limit = 3): WatchTarget => {
  const name = parseKeyName(counter);
  if (!name) throw new Error("no name");
  return {
    name,
    tokenLimited: null,
    settled: ({ lowest, successes }) => lowest === null || lowest < limit || successes > 0,
  };
};

/** An observer whose clock can be moved on. */
function observer({ observeMs = 100, endlessMs = 0 } = {}) {
  let ahead = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
  const it = new Observer({ redis: () => surgery.redis, observeMs, endlessMs, clock });
  return { it, moveOn: (ms: number) => (ahead += ms) };
}

test("says nothing of a counter before it was watched for as long as was asked for", async () => {
  await redis().set(counter, "3", "EX", 60);
  const { it } = observer();
  it.follow([target()]);
  await it.look();
  expect(it.get(counter)).toBeUndefined();
  await sleep(120);
  await it.look();
  expect(it.get(counter)).toMatchObject({ lowest: 3, endless: false });
});

test("one without expiry has to be watched for longer", async () => {
  await redis().set(counter, "3");
  const { it } = observer({ observeMs: 0, endlessMs: 200 });
  it.follow([target()]);
  await it.look();
  await sleep(50);
  await it.look();
  expect(it.get(counter)).toBeUndefined();
  await sleep(180);
  await it.look();
  expect(it.get(counter)).toMatchObject({ endless: true });
});

test("a counter that was settled is let go, and followed from the beginning when it looks locked again", async () => {
  await redis().set(counter, "3");
  const { it } = observer({ observeMs: 0 });
  it.follow([target()]);
  await it.look();
  await redis().set(counter, "2");
  await it.look();
  expect([it.following, it.get(counter)]).toEqual([0, undefined]);
  await redis().set(counter, "4");
  it.follow([target()]);
  await it.look();
  expect(it.get(counter)).toMatchObject({ lowest: 4 });
});

test("following again what is followed goes on, with the limit of now", async () => {
  await redis().set(counter, "3");
  const { it } = observer();
  it.follow([target()]);
  await it.look();
  await sleep(120);
  it.follow([target()]);
  await it.look();
  expect(it.get(counter)).toBeDefined();
  it.follow([target(5)]);
  await it.look();
  expect(it.following).toBe(0);
});

test("after a gap a watch begins anew: the counter may have fallen and risen meanwhile", async () => {
  await redis().set(counter, "3");
  const { it } = observer();
  it.follow([target()]);
  await it.look();
  await sleep(LONGEST_GAP_MS + 100);
  await it.look();
  expect(it.get(counter)).toBeUndefined();
});

test("what was not looked at up to now says nothing", async () => {
  await redis().set(counter, "3");
  const { it, moveOn } = observer({ observeMs: 0 });
  it.follow([target()]);
  await it.look();
  expect(it.get(counter)).toBeDefined();
  moveOn(LONGEST_GAP_MS + 1);
  expect(it.get(counter)).toBeUndefined();
});

test("a key that was acted on is forgotten, also by a look that is on its way", async () => {
  await redis().set(counter, "3");
  const { it } = observer({ observeMs: 0 });
  it.follow([target()]);
  await it.look();
  const look = it.look();
  it.forget(counter);
  await look;
  expect([it.following, it.get(counter)]).toEqual([0, undefined]);
  it.follow([target()]);
  expect(it.get(counter)).toBeUndefined();
});

test("follows a bounded number, however many look locked", () => {
  const { it } = observer();
  const targets = Array.from({ length: 5000 }, (_, n) => {
    const one = target();
    return { ...one, name: { ...one.name, name: `${n}` } };
  });
  it.follow(targets);
  expect(it.following).toBe(1000);
});
