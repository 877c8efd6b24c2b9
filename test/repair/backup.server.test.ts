import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { readKey } from "../../src/litellm/counters/read.js";
import { saveKey } from "../../src/litellm/key-snapshot.js";
import type { ReleaseAction } from "../../src/litellm/release-action.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { applyRepairs } from "../../src/repair/apply.js";
import { newBackupId, readBackup, writeBackup } from "../../src/repair/backup.js";
import { takeLock } from "../../src/repair/lock.js";
import { readUndoState, undoRepairs } from "../../src/repair/undo.js";
import { counter, member } from "../support/doctor-fixture.js";

let server: PrivateRedis;
let redis: RedisConnection;
let stateDir: string;

beforeAll(async () => {
  server = await startRedis();
  redis = await connectRedis(parseRedisUrl(server.url, "url"), { timeoutMs: 5000 });
  stateDir = await mkdtemp(join(tmpdir(), "llmctl-backup-"));
});
afterAll(async () => {
  await redis?.close();
  await server?.stop();
  await rm(stateDir, { recursive: true, force: true });
});
beforeEach(() => redis.client.flushall());

const now = () => new Date().toISOString();
const dump = async () => (await redis.client.dumpBuffer(counter))?.toString("base64");
const seconds = async () => Number((await redis.client.time())[0]);

/** Backs up what an act was planned for, and carries it out after `meanwhile`. */
async function repair(act: ReleaseAction, meanwhile: () => Promise<unknown>) {
  const planned = { id: "r1", act, action: "free", evidence: [] };
  const id = newBackupId(Date.now());
  const backup = await writeBackup(redis, [planned], { stateDir, id, at: now() });
  await meanwhile();
  const lock = await takeLock(redis);
  const options = { redis, lock, stateDir, signal: new AbortController().signal, now, progress() {} };
  try {
    const [row] = await applyRepairs(backup, options);
    // From the disk, as `doctor undo` has it.
    const read = await readBackup(stateDir, id);
    const state = await readUndoState(stateDir, read);
    /** `laterMs`: as if the repair had been made so long ago. */
    const undo = (laterMs = 0) => {
      const open = state.open.map(({ entry, certain }) => {
        const saved = { ...entry.saved, timeMs: entry.saved.timeMs - laterMs };
        return { entry: { ...entry, saved }, certain };
      });
      return undoRepairs(read, { ...state, open }, options);
    };
    return { row, state, undo, release: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const drop = { kind: "release-counter", key: counter, value: "3", endless: true, lowerBy: null } as const;

const takeOut = (start: number): ReleaseAction => ({
  ...{ kind: "release-slots", key: counter, members: [{ id: member(1), score: start }] },
  ...{ olderThanMs: 900_000, whole: false, endless: null },
});

test("a counter that was another when it was backed up is left alone, though it reads as planned again", async () => {
  await redis.client.set(counter, "2");
  const { row, state, release } = await repair(drop, () => redis.client.set(counter, "3"));
  expect(row).toMatchObject({ status: "refused", reason: expect.stringMatching(/the backup found it otherwise/) });
  expect(await redis.client.get(counter)).toBe("3");
  expect(state.open).toEqual([]);
  await release();
});

test("a counter that a refused call lifts while it is backed up is backed up as it was planned", async () => {
  await redis.client.set(counter, "3", "EX", 60);
  const before = await dump();
  await redis.client.incr(counter);
  const flicker = sleep(60).then(() => redis.client.decr(counter));
  const { row, undo, release } = await repair({ ...drop, endless: false }, () => flicker);
  expect(row).toMatchObject({ status: "done" });
  expect(await redis.client.exists(counter)).toBe(0);
  expect(await undo()).toMatchObject([{ status: "done" }]);
  expect(await dump()).toBe(before);
  await release();
});

test("slots that had gone when the key was backed up are not brought by an undo, whatever became of the act", async () => {
  const start = (await seconds()) - 4000;
  await redis.client.set(counter, "1");
  const { row, state, release } = await repair(takeOut(start), async () => {
    await redis.client.del(counter);
    await redis.client.zadd(counter, start + 1000, member(2));
  });
  expect(row).toMatchObject({ status: "refused" });
  expect(state.open).toEqual([]);
  await release();
});

test("a slot that is another call now, with the old name, is not backed up for the old one", async () => {
  const start = (await seconds()) - 4000;
  await redis.client.zadd(counter, start + 5, member(1));
  const { row, release } = await repair(takeOut(start), () => redis.client.zadd(counter, start, member(1)));
  expect(row).toMatchObject({ status: "refused" });
  expect(await redis.client.zcard(counter)).toBe(1);
  await release();
});

test("a set with members that no release writes can be put back, and all that was repaired beside it", async () => {
  const start = (await seconds()) - 4000;
  const act: ReleaseAction = {
    ...{ kind: "release-slots", key: counter, members: [{ id: member(1), score: start }] },
    ...{ olderThanMs: 900_000, whole: false, endless: null },
  };
  await redis.client.zadd(counter, start, member(1), "+inf", "later", "-inf", "earlier");
  const before = await dump();
  const { row, undo, release } = await repair(act, async () => undefined);
  expect(row).toMatchObject({ status: "done" });
  expect(await redis.client.zrange(counter, "0", "-1")).toEqual(["earlier", "later"]);
  expect(await undo()).toMatchObject([{ status: "done" }]);
  expect(await dump()).toBe(before);
  await release();
});

test("a lowered counter whose time was up long ago is left to the calls that count in it now, though it reads as it was left", async () => {
  await redis.client.set(counter, "4", "EX", 60);
  const act = { ...drop, value: "4", endless: false, lowerBy: 2 };
  const { row, undo, release } = await repair(act, async () => undefined);
  expect(row).toMatchObject({ status: "done" });
  expect(await undo(600_000)).toMatchObject([
    { status: "refused", reason: expect.stringMatching(/would have expired 9 min ago/) },
  ]);
  expect(await redis.client.get(counter)).toBe("2");
  expect(await redis.client.ttl(counter)).toBeGreaterThan(0);
  await release();
});

test("slots are put back into a set that calls have kept alive beyond its time", async () => {
  const start = (await seconds()) - 4000;
  const act: ReleaseAction = {
    ...{ kind: "release-slots", key: counter, members: [{ id: member(1), score: start }] },
    ...{ olderThanMs: 900_000, whole: false, endless: null },
  };
  await redis.client.zadd(counter, start, member(1), start + 3999, member(2));
  await redis.client.expire(counter, 60);
  const { undo, release } = await repair(act, () => redis.client.expire(counter, 60));
  expect(await undo(600_000)).toMatchObject([{ status: "done" }]);
  expect(await redis.client.zrange(counter, "0", "-1")).toEqual([member(1), member(2)]);
  expect(await redis.client.ttl(counter)).toBeGreaterThan(0);
  await release();
});

test("a lowered counter comes back with its value and the time to live that is left", async () => {
  await redis.client.set(counter, "4", "EX", 600);
  const before = await dump();
  const act = { ...drop, value: "4", endless: false, lowerBy: 3 };
  const { undo, release } = await repair(act, async () => undefined);
  expect(await redis.client.get(counter)).toBe("1");
  expect(await undo(300_000)).toMatchObject([{ status: "done" }]);
  expect(await dump()).toBe(before);
  const ttl = await redis.client.pttl(counter);
  expect([ttl > 200_000, ttl <= 300_000]).toEqual([true, true]);
  await release();
});

test("of a set with thousands of slots each is backed up, and each comes back", async () => {
  const start = (await seconds()) - 4000;
  const members = Array.from({ length: 3000 }, (_, n) => ({ id: member(n), score: start + (n % 7) }));
  await redis.client.zadd(counter, ...members.flatMap(({ id, score }) => [score, id]));
  const before = await dump();
  const whole = { kind: "release-slots", key: counter, members, olderThanMs: 0, whole: true, endless: null } as const;
  const { row, undo, release } = await repair(whole, async () => undefined);
  expect(row).toMatchObject({ status: "done" });
  expect(await redis.client.exists(counter)).toBe(0);
  expect(await undo()).toMatchObject([{ status: "done" }]);
  expect(await dump()).toBe(before);
  await release();
});

test("slots are not put back into what is no set any more, and it is said", async () => {
  const start = (await seconds()) - 4000;
  await redis.client.zadd(counter, start, member(1), start + 3999, member(2));
  const act: ReleaseAction = {
    ...{ kind: "release-slots", key: counter, members: [{ id: member(1), score: start }] },
    ...{ olderThanMs: 900_000, whole: false, endless: null },
  };
  const { undo, release } = await repair(act, async () => undefined);
  await redis.client.set(counter, "1");
  expect(await undo()).toMatchObject([{ status: "refused", reason: "the key is now a string" }]);
  expect(await redis.client.get(counter)).toBe("1");
  await release();
});

test("an act is not made when one of its slots is missing in the backup, though it is there again: undo could not bring it", async () => {
  const start = (await seconds()) - 4000;
  const members = [1, 2].map((n) => ({ id: member(n), score: start + n }));
  const act: ReleaseAction = {
    ...{ kind: "release-slots", key: counter, members },
    ...{ olderThanMs: 900_000, whole: false, endless: null },
  };
  await redis.client.zadd(counter, start + 1, member(1));
  const { row, release } = await repair(act, () => redis.client.zadd(counter, start + 2, member(2)));
  expect(row).toMatchObject({ status: "refused", reason: expect.stringMatching(/the backup found it otherwise/) });
  expect(await redis.client.zcard(counter)).toBe(2);
  await release();
});

test("a look at a key tells its time to live in milliseconds, as its backup does: proofs reckon with when it may begin anew", async () => {
  await redis.client.set(counter, "3", "PX", 90_000);
  const [{ ttlMs }, saved] = [await readKey(redis.client, counter), await saveKey(redis.client, counter)];
  for (const ms of [ttlMs, saved.ttlMs]) expect([ms > 30_000, ms <= 90_000]).toEqual([true, true]);
});
