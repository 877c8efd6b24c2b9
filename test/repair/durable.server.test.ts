import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import type { ReleaseAction } from "../../src/litellm/release-action.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { applyRepairs } from "../../src/repair/apply.js";
import { newBackupId, readBackup, writeBackup } from "../../src/repair/backup.js";
import type { DoctorLock } from "../../src/repair/lock.js";
import { newJournal } from "../../src/repair/strategies/worker-caches/journal.js";
import { readUndoState, undoRepairs } from "../../src/repair/undo.js";
import { counter, member } from "../support/doctor-fixture.js";

/** What reached the disk, and what was asked of Redis, in turn. */
const events: string[] = [];
/** How a disk takes what is written; a test may put a worse one in its place. */
const disk = vi.hoisted(() => ({ most: Number.POSITIVE_INFINITY, full: (_line: string): boolean => false }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const open = async (path: string, ...how: [string, number]) => {
    const file = await real.open(path, ...how);
    const [sync, write, append] = [file.sync, file.write, file.appendFile].map((one) => one.bind(file)) as [
      typeof file.sync,
      (bytes: Uint8Array) => Promise<object>,
      typeof file.appendFile,
    ];
    // Like write(2), it says how much it took, and that may be less than all.
    file.write = ((data: string) => write(Buffer.from(data).subarray(0, disk.most))) as typeof file.write;
    file.appendFile = async (data, ...rest) => {
      if (disk.full(`${data}`))
        throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write" });
      await append(data, ...rest);
    };
    file.sync = async () => {
      await sync();
      events.push(`on disk: ${lastWord(path)}`);
    };
    return file;
  };
  const rename = async (from: string, to: string) => {
    await real.rename(from, to);
    events.push("backup has its name");
  };
  return { ...real, open, rename };
});

/** Of a journal its last step. */
function lastWord(path: string): string {
  if (path.endsWith(".part")) return "backup";
  if (!path.endsWith(".ndjson")) return basename(path);
  const line = readFileSync(path, "utf8").trim().split("\n").at(-1) ?? "";
  return (JSON.parse(line) as { step: string }).step;
}

let server: PrivateRedis;
let redis: RedisConnection;
let stateDir: string;

beforeAll(async () => {
  server = await startRedis();
  const plain = await connectRedis(parseRedisUrl(server.url, "url"), { timeoutMs: 5000 });
  const client = new Proxy(plain.client, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...words: unknown[]) => {
        // With the script's text when the server did not know it: the same question again.
        if (name === "evalsha" || words[0] === "EVALSHA") events.push("asked");
        return value.apply(target, words);
      };
    },
  });
  redis = { ...plain, client };
  stateDir = await mkdtemp(join(tmpdir(), "llmctl-durable-"));
});
afterAll(async () => {
  await redis?.close();
  await server?.stop();
  await rm(stateDir, { recursive: true, force: true });
});
beforeEach(async () => {
  await redis.client.flushall();
  Object.assign(disk, { most: Number.POSITIVE_INFINITY, full: () => false });
});

const other = counter.replace("}", "0}");
const lock: DoctorLock = { epoch: "e", seq: 7, held: () => true, release: async () => undefined };
const now = () => new Date().toISOString();
const dumps = async () =>
  (await Promise.all([counter, other].map((key) => redis.client.dumpBuffer(key)))).map((dump) =>
    dump?.toString("base64"),
  );
const options = () => ({ redis, lock, stateDir, signal: new AbortController().signal, now, progress() {} });

/** A number and a set, both left behind, and the plan that frees them. */
async function fallIll() {
  await redis.client.set(counter, "3");
  await redis.client.zadd(other, 1_790_000_000, member(1), 1_790_000_001, member(2));
  const members = [1, 2].map((n) => ({ id: member(n), score: 1_789_999_999 + n }));
  const acts: ReleaseAction[] = [
    { kind: "release-counter", key: counter, value: "3", endless: true, lowerBy: null },
    { kind: "release-slots", key: other, members, olderThanMs: 0, whole: true, endless: null },
  ];
  return acts.map((act, at) => ({ id: `r${at}`, act, action: "free", evidence: [] }));
}

const backUp = async () => writeBackup(redis, await fallIll(), { stateDir, id: newBackupId(Date.now()), at: now() });

test("the backup is on the disk, and its name too, before it is said to be written", async () => {
  events.length = 0;
  await backUp();
  expect(events).toEqual(["asked", "asked", "on disk: backup", "backup has its name", "on disk: backups"]);
});

test("each act, and each undoing of one, is on the disk as the next to come before Redis hears of it", async () => {
  const backup = await backUp();
  events.length = 0;
  await applyRepairs(backup, options());
  const begun = ["on disk: begin", "on disk: backups"];
  expect(events).toEqual([...begun, "on disk: act", "asked", "on disk: act", "asked", "on disk: end"]);
  events.length = 0;
  await undoRepairs(backup, await readUndoState(stateDir, backup), options());
  const each = ["on disk: put-back", "asked", "asked"];
  expect(events).toEqual(["on disk: undo", "on disk: backups", ...each, ...each, "on disk: undone"]);
});

test("a disk that takes a part of what is written at a time gets the whole backup and the whole journal", async () => {
  const before = await fallIll().then(dumps);
  disk.most = 100;
  const { id } = await backUp();
  await applyRepairs(await readBackup(stateDir, id), options());
  expect(await redis.client.exists(counter, other)).toBe(0);
  const backup = await readBackup(stateDir, id);
  const rows = await undoRepairs(backup, await readUndoState(stateDir, backup), options());
  expect(rows.map(({ status }) => status)).toEqual(["done", "done"]);
  expect(await dumps()).toEqual(before);
});

test("a journal that cannot be written stops the next act, and what was done before is told and can be undone", async () => {
  const backup = await backUp();
  const before = await dumps();
  disk.full = (line) => line.includes('"act"') && line.includes('"r1"');
  const rows = await applyRepairs(backup, options());
  expect(rows).toMatchObject([
    { status: "done" },
    { status: "refused", reason: expect.stringMatching(/journal cannot be written: ENOSPC/) },
  ]);
  expect(await redis.client.zcard(other)).toBe(2);
  disk.full = () => false;
  const state = await readUndoState(stateDir, backup);
  expect(state.open.map(({ entry, certain }) => [entry.repair, certain])).toEqual([["r0", true]]);
  await undoRepairs(backup, state, options());
  expect(await dumps()).toEqual(before);
});

test("a journal that cannot even be begun lets nothing be done", async () => {
  const backup = await backUp();
  const before = await dumps();
  disk.full = () => true;
  expect((await applyRepairs(backup, options())).map(({ status }) => status)).toEqual(["refused", "refused"]);
  expect(await dumps()).toEqual(before);
});

test("an undo whose journal cannot be written puts nothing more back, says so, and can be gone on with", async () => {
  const before = await fallIll().then(dumps);
  const backup = await backUp();
  await applyRepairs(backup, options());
  const undo = async () => undoRepairs(backup, await readUndoState(stateDir, backup), options());
  disk.full = (line) => line.includes('"put-back"') && line.includes('"r1"');
  expect(await undo()).toMatchObject([
    { status: "done" },
    { status: "refused", reason: expect.stringMatching(/journal cannot be written: ENOSPC/) },
  ]);
  expect(await redis.client.exists(counter, other)).toBe(1);
  disk.full = () => false;
  expect((await undo()).map(({ status, reason }) => `${status} ${reason}`)).toEqual(["done put back before", "done "]);
  expect(await dumps()).toEqual(before);
});

test("a put-back whose end could not be written is not made twice, and stops the undo", async () => {
  const before = await fallIll().then(dumps);
  const backup = await backUp();
  await applyRepairs(backup, options());
  const undo = async () => undoRepairs(backup, await readUndoState(stateDir, backup), options());
  disk.full = (line) => line.includes('"back"');
  expect((await undo()).map(({ status }) => status)).toEqual(["done", "refused"]);
  disk.full = () => false;
  expect((await undo()).map(({ status }) => status)).toEqual(["done", "done"]);
  expect(await dumps()).toEqual(before);
});

test("the raise of a limit is on the disk, and the name of its journal too, before it is said to be written", async () => {
  const raise = { baseUrl: "http://gateway.internal:4000", key: "f".repeat(64), alias: null, from: 3, to: 4 };
  const journal = newJournal(stateDir, Date.now, raise);
  events.length = 0;
  await journal.raising();
  await journal.restored();
  expect(events).toEqual(["raise", "refreshes", "restored"].map((word) => `on disk: ${word}`));
});
