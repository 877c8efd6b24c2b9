import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { takeLock } from "../../src/doctor/lock.js";
import { applyRepairs } from "../../src/doctor/repair/apply.js";
import { newBackupId, writeBackup } from "../../src/doctor/repair/backup.js";
import { readUndoState, undoRepairs } from "../../src/doctor/repair/undo.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import type { Act } from "../../src/litellm/act.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { counter, member } from "./surgery.js";

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
async function repair(act: Act, meanwhile: () => Promise<unknown>) {
  const planned = { id: "r1", act, action: "free", evidence: [] };
  const backup = await writeBackup(redis, [planned], { stateDir, id: newBackupId(Date.now()), at: now() });
  await meanwhile();
  const lock = await takeLock(redis);
  const options = { redis, lock, stateDir, signal: new AbortController().signal, now, progress() {} };
  try {
    const [row] = await applyRepairs(backup, options);
    const state = await readUndoState(stateDir, backup);
    const undo = () => undoRepairs(backup, state, options);
    return { row, state, undo, release: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const drop = { kind: "release-counter", key: counter, value: "3", endless: true, lowerBy: null } as const;

const takeOut = (start: number): Act => ({
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
