import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { interruptedError } from "../../src/errors.js";
import type { DoctorLock } from "../../src/repair/lock.js";
import { takeLock } from "../../src/repair/lock.js";
import { describeInterruption, repair } from "../../src/repair/repair.js";
import {
  counter,
  fixing,
  member,
  openServerFixture,
  repairInput,
  type ServerFixture,
  yes,
} from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;
const ours: DoctorLock = { epoch: "e", seq: 1, held: () => true, release: async () => undefined };

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());

/** Plans with --idle, lets `meanwhile` happen between plan and act, then acts. */
async function actAfter(meanwhile: () => Promise<unknown>, lock = ours, signal?: AbortSignal) {
  const { execution } = await repair({
    ...(await repairInput(fixture, { idle: true }, signal)),
    lock: async () => lock,
    async consent({ planned }) {
      expect(planned.length).toBeGreaterThan(0);
      await meanwhile();
      return true;
    },
  });
  if (!execution) throw new Error("nothing was done");
  if (execution.interrupted) throw interruptedError(describeInterruption(execution));
  return execution;
}

test("a counter that moved between plan and act is refused, and nothing is written", async () => {
  await redis().set(counter, "3");
  const { repairs } = await actAfter(() => redis().incr(counter));
  expect(repairs).toMatchObject([
    { status: "refused", reason: expect.stringMatching(/the backup found it otherwise/) },
  ]);
  expect(await redis().get(counter)).toBe("4");
  expect(await redis().pttl(counter)).toBe(-1);
});

test("a set that calls came to between plan and act is refused as a whole", async () => {
  await redis().zadd(counter, 1_790_000_000, member(1));
  const { repairs } = await actAfter(() => redis().zadd(counter, 1_790_000_001, member(2)));
  expect(repairs).toMatchObject([{ status: "refused", reason: expect.stringMatching(/came or went/) }]);
  expect(await redis().zcard(counter)).toBe(2);
});

test("once the lock is lost nothing more is done", async () => {
  await redis().set(counter, "3");
  await redis().set(counter.replace("}", "0}"), "3");
  let asked = 0;
  const { repairs } = await actAfter(async () => undefined, { ...ours, held: () => ++asked < 2 });
  expect(repairs.map(({ status }) => status)).toEqual(["done", "refused"]);
  expect(repairs[1]?.reason).toMatch(/lock was lost/);
  expect(await redis().dbsize()).toBe(1);
});

test("Ctrl-C between two repairs leaves the second undone, says what was done and how to take it back", async () => {
  await redis().set(counter, "3");
  await redis().set(counter.replace("}", "0}"), "3");
  const interruption = new AbortController();
  const held = () => {
    interruption.abort("SIGINT");
    return true;
  };
  const error = await errorOf(actAfter(async () => undefined, { ...ours, held }, interruption.signal));
  expect(error).toMatchObject({ exit: 130, message: expect.stringMatching(/1 of 2 repairs made.*doctor undo/) });
  expect(await redis().dbsize()).toBe(1);
});

test("of two doctors that repair at once the second says so, changes nothing and ends with 5", async () => {
  await redis().set(counter, "3");
  const both = await Promise.allSettled([1, 2].map(() => fixture.doctor({ ...fixing, limit: "2" }, yes)));
  const done = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const stopped = both.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  expect(done).toMatchObject([{ exit: 0, document: { repairs: [{ status: "done" }] } }]);
  expect(stopped).toMatchObject([{ exit: 5, code: "doctor-busy", message: expect.stringMatching(/another doctor/) }]);
});

test("the lock's numbers grow, and its keys expire by themselves", async () => {
  const first = await takeLock(fixture.redis);
  await first.release();
  expect(first.held()).toBe(false);
  const second = await takeLock(fixture.redis);
  expect(second.seq).toBeGreaterThan(first.seq);
  await second.release();
  for (const key of await redis().keys("llmctl:*")) expect(await redis().pttl(key)).toBeGreaterThan(0);
});
