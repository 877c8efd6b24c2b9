import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/config/clock.js";
import type { SampleTarget } from "../../src/diagnose/sampling/sample-counters.js";
import { MAX_GAP_MS, sampledMs } from "../../src/diagnose/sampling/summary.js";
import { parseKeyName } from "../../src/litellm/key-name.js";
import { Observer } from "../../src/watch/observer.js";
import { counter, openServerFixture, type ServerFixture } from "../support/doctor-fixture.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());

const target = (limit = 3): SampleTarget => {
  const name = parseKeyName(counter);
  if (!name) throw new Error("no name");
  return {
    name,
    tokenLimited: null,
    conclusive: ({ lowest, successes }) => lowest === null || lowest < limit || successes > 0,
  };
};

/** An observer whose clock can be moved on. */
function observer() {
  let ahead = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
  const it = new Observer({ redis: () => fixture.redis, clock });
  return { it, moveOn: (ms: number) => (ahead += ms) };
}

/** A Redis whose clock and ours are moved on by hand; `value` is what its counter holds. */
function byHand() {
  let now = 1_790_000_000_000;
  let value = "3";
  const client = { evalsha: async () => ["string", -1, now, value, "", "", "", -2, -2] };
  const clock = { ...systemClock, monotonic: () => now };
  const it = new Observer({ redis: () => ({ client }) as unknown as ServerFixture["redis"], clock });
  const tick = async (looks: number, everyMs = 500) => {
    for (let look = 0; look < looks; look++) {
      now += everyMs;
      await it.look();
    }
    const watched = it.get(counter);
    // What a tick does in between: it goes by what was seen up to now, and asks for what still looks locked.
    it.follow([target()]);
    return watched && sampledMs(watched);
  };
  it.follow([target()]);
  return { tick, set: (text: string) => (value = text) };
}

test("one observation grows over all ticks, until it is as long as the longest call", async () => {
  const { tick } = byHand();
  for (let ticks = 1; ticks <= 20; ticks++) expect(await tick(60)).toBe(ticks * 30_000 - 500);
  expect(await tick(1)).toBe(600_000);
});

test("a counter that fell and rose again is observed from the beginning", async () => {
  const { tick, set } = byHand();
  expect(await tick(600)).toBe(299_500);
  set("2");
  expect(await tick(1)).toBeUndefined();
  set("3");
  expect(await tick(61)).toBe(30_000);
});

test("a counter that could not be read for a while is observed from the beginning", async () => {
  const { tick } = byHand();
  expect(await tick(600)).toBe(299_500);
  expect(await tick(1, MAX_GAP_MS + 1)).toBe(0);
  expect(await tick(60)).toBe(30_000);
});

test("a counter that was settled is let go, and followed from the beginning when it looks locked again", async () => {
  await redis().set(counter, "3");
  const { it } = observer();
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
  const before = it.get(counter);
  it.follow([target()]);
  await it.look();
  expect(it.get(counter)?.first).toEqual(before?.first);
  expect(before).toBeDefined();
  it.follow([target(5)]);
  await it.look();
  expect(it.following).toBe(0);
});

test("after a gap a watch begins anew: the counter may have fallen and risen meanwhile", async () => {
  await redis().set(counter, "3");
  const { it } = observer();
  it.follow([target()]);
  await it.look();
  const before = it.get(counter);
  await sleep(MAX_GAP_MS + 100);
  await it.look();
  expect(it.get(counter)?.first.timeMs).toBeGreaterThan(before?.first.timeMs ?? Number.POSITIVE_INFINITY);
});

test("what was not looked at up to now says nothing", async () => {
  await redis().set(counter, "3");
  const { it, moveOn } = observer();
  it.follow([target()]);
  await it.look();
  expect(it.get(counter)).toBeDefined();
  moveOn(MAX_GAP_MS + 1);
  expect(it.get(counter)).toBeUndefined();
});

test("a key that was acted on is forgotten, also by a look that is on its way", async () => {
  await redis().set(counter, "3");
  const { it } = observer();
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
