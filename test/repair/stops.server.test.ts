import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { applyRepairs } from "../../src/repair/apply.js";
import { type Backup, journalPath, newBackupId, writeBackup } from "../../src/repair/backup.js";
import { readSteps } from "../../src/repair/journal.js";
import { readUndoState, undoRepairs } from "../../src/repair/undo.js";
import { counter } from "../support/doctor-fixture.js";

let server: PrivateRedis;
let redis: RedisConnection;
let stateDir: string;

beforeAll(async () => {
  server = await startRedis();
  redis = await connectRedis(parseRedisUrl(server.url, "url"), { timeoutMs: 5000 });
  stateDir = await mkdtemp(join(tmpdir(), "llmctl-stops-"));
});
afterAll(async () => {
  await redis?.close();
  await server?.stop();
  await rm(stateDir, { recursive: true, force: true });
});
beforeEach(async () => {
  // So that the server knows the script of an act, and one act is one question.
  await applyRepairs(await backUp(1), options());
  await redis.client.flushall();
});

const keys = [counter, counter.replace("}", "0}"), counter.replace("}", "1}")];
const now = () => new Date().toISOString();
const lockThat = (held: () => boolean) => ({ epoch: "e", seq: 1, held, release: async () => undefined });
const options = (more: Partial<Parameters<typeof applyRepairs>[1]> = {}) => ({
  ...{ redis, lock: lockThat(() => true), stateDir, signal: new AbortController().signal, now, progress() {} },
  ...more,
});

/** Counters at 3, each to be deleted, and their backup. */
async function backUp(count: number, { endless = true } = {}) {
  const some = keys.slice(0, count);
  for (const key of some) {
    await redis.client.set(key, "3");
    if (!endless) await redis.client.expire(key, 60);
  }
  const planned = some.map((key, at) => ({
    ...{ id: `r${at}`, action: "free", evidence: [] },
    act: { kind: "release-counter", key, value: "3", endless, lowerBy: null } as const,
  }));
  return writeBackup(redis, planned, { stateDir, id: newBackupId(Date.now()), at: now() });
}

/** The connection, where each act of a repair is this instead; `really` sends it. */
function acting(act: (really: () => Promise<unknown>) => Promise<unknown>): RedisConnection {
  const client = new Proxy(redis.client, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...words: unknown[]) => {
        const really = () => value.apply(target, words);
        return name === "evalsha" ? act(really) : really();
      };
    },
  });
  return { ...redis, client };
}

const stepsOf = async ({ id }: Backup) => (await readSteps(journalPath(stateDir, id))).map(({ step }) => step);

test("a lock that is lost while a lifted counter is waited for ends the waiting: another doctor may act on it", async () => {
  const backup = await backUp(1, { endless: false });
  await redis.client.incr(counter);
  let held = true;
  // The refused call gives back what it lifted right after the first try, and by then the lock is gone.
  const here = acting(async (really) => {
    const reply = await really();
    await redis.client.set(counter, "3", "KEEPTTL");
    held = false;
    return reply;
  });
  const [row] = await applyRepairs(backup, options({ redis: here, lock: lockThat(() => held) }));
  expect(row).toMatchObject({ status: "refused", reason: expect.stringMatching(/value is now 4/) });
  expect(await redis.client.get(counter)).toBe("3");
});

test("a lock that is lost while the pace is kept stops the act that waited", async () => {
  const backup = await backUp(2);
  let [held, turns] = [true, 0];
  const pace = {
    async turn() {
      if (++turns === 2) held = false;
    },
  };
  const rows = await applyRepairs(backup, options({ pace, lock: lockThat(() => held) }));
  expect(rows.map(({ status }) => status)).toEqual(["done", "refused"]);
  expect(await redis.client.get(keys[1] as string)).toBe("3");
});

test("a Redis that is away is asked once: an act whose answer was lost is told as failed and can be undone, the others stay", async () => {
  const backup = await backUp(3);
  let asked = 0;
  const here = acting(async (really) => {
    if (++asked > 1) return really();
    // It was carried out, and the answer did not come.
    await redis.client.del(counter);
    throw new Error("Connection is closed.");
  });
  const rows = await applyRepairs(backup, options({ redis: here }));
  expect(rows.map(({ status, reason }) => [status, reason])).toEqual([
    ["failed", "Connection is closed."],
    ["refused", "Redis does not answer"],
    ["refused", "Redis does not answer"],
  ]);
  expect(asked).toBe(1);
  expect(await stepsOf(backup)).toEqual(["begin", "act", "failed", "end"]);
  const state = await readUndoState(stateDir, backup);
  expect(state.open.map(({ entry, certain }) => [entry.repair, certain])).toEqual([["r0", false]]);
  expect(await undoRepairs(backup, state, options())).toMatchObject([{ status: "done" }]);
  expect(await redis.client.mget(...keys)).toEqual(["3", "3", "3"]);
});

test("a lock that is lost between two put-backs stops the undo there; the next undo goes on, and only then all is undone", async () => {
  const backup = await backUp(3);
  await applyRepairs(backup, options());
  let asked = 0;
  const cut = await undoRepairs(
    backup,
    await readUndoState(stateDir, backup),
    options({ lock: lockThat(() => ++asked < 2) }),
  );
  expect(cut.map(({ status }) => status)).toEqual(["done", "refused", "refused"]);
  expect(await redis.client.mget(...keys)).toEqual(["3", null, null]);
  expect(await stepsOf(backup)).not.toContain("undone");
  const state = await readUndoState(stateDir, backup);
  expect(state).toMatchObject({ undoneAt: null, back: [{ repair: "r0" }] });
  const rest = await undoRepairs(backup, state, options());
  expect(rest.map(({ status, reason }) => `${status} ${reason}`)).toEqual(["done put back before", "done ", "done "]);
  expect(await redis.client.mget(...keys)).toEqual(["3", "3", "3"]);
  expect((await readUndoState(stateDir, backup)).undoneAt).not.toBeNull();
});

test("Ctrl-C stops an undo between two put-backs, and it can be gone on with", async () => {
  const backup = await backUp(2);
  await applyRepairs(backup, options());
  const interruption = new AbortController();
  const lock = lockThat(() => {
    interruption.abort("SIGINT");
    return true;
  });
  const state = await readUndoState(stateDir, backup);
  const rows = await undoRepairs(backup, state, options({ lock, signal: interruption.signal }));
  expect(rows.map(({ status, reason }) => `${status} ${reason}`)).toEqual(["done ", "refused interrupted"]);
  expect((await readUndoState(stateDir, backup)).open.map(({ entry }) => entry.repair)).toEqual(["r1"]);
});

test("what could not be put back stays open: the next undo tries it again", async () => {
  const backup = await backUp(1);
  await applyRepairs(backup, options());
  await redis.client.set(counter, "1");
  const undo = async () => undoRepairs(backup, await readUndoState(stateDir, backup), options());
  expect(await undo()).toMatchObject([{ status: "refused" }]);
  expect(await readUndoState(stateDir, backup)).toMatchObject({ undoneAt: null, open: [{ certain: true }] });
  await redis.client.del(counter);
  expect(await undo()).toMatchObject([{ status: "done" }]);
  expect(await redis.client.get(counter)).toBe("3");
});
