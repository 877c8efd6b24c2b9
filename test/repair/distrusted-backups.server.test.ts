import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Backup, backupPath, backupsDir, journalPath, newBackupId } from "../../src/repair/backup.js";
import { counter, fixing, member, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";
import { recordRun, rise } from "../support/record-run.js";
import { startWatch } from "../support/watch-session.js";

const STRANGER = 65_534;
const root = process.geteuid?.() === 0;

let fixture: ServerFixture;
const redis = () => fixture.redis.client;

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());
afterEach(() => rm(fixture.stateDir, { recursive: true, force: true }));

/** A repair that was made; its backup as it stands on the disk. */
async function repaired(): Promise<{ id: string; path: string; backup: Backup }> {
  await redis().set(counter, "3");
  const { document } = await fixture.doctor({ ...fixing, idle: true }, yes);
  const path = document.backup ?? "";
  const backup = JSON.parse(await readFile(path, "utf8")) as Backup;
  return { id: backup.id, path, backup };
}

type Entry = Backup["entries"][number];

/** What makes of a backup one that no repair has written. */
const FORGED: Record<string, (backup: Backup, entry: Entry) => unknown> = {
  "an id that is not its name": (backup) => ({ ...backup, id: "../../../outside" }),
  "a key of another": (backup, entry) => ({
    ...backup,
    entries: [{ ...entry, act: { ...entry.act, key: "session:admin" } }],
  }),
  "a counter of requests": (backup, entry) => {
    const key = counter.replace("max_parallel_requests", "requests");
    return { ...backup, entries: [{ ...entry, act: { ...entry.act, key } }] };
  },
  "slots of a minute key": (backup, entry) => {
    const key = `${"a".repeat(64)}::2026-11-23-02-28::request_count`;
    const act = { kind: "release-slots", key, members: [], olderThanMs: 0, whole: true, endless: null };
    return { ...backup, entries: [{ ...entry, act, saved: { ...entry.saved, type: "zset" } }] };
  },
  "the bytes of a hash": (backup, entry) => {
    const dump = Buffer.from([4, 1, 1, 97, 1, 98, 11, 0]).toString("base64");
    return { ...backup, entries: [{ ...entry, saved: { ...entry.saved, dump } }] };
  },
  "a member whose score is no time": (backup, entry) => {
    const members = [{ id: member(1), score: 1e300 }];
    const act = { kind: "release-slots", key: counter, members, olderThanMs: 0, whole: true, endless: null };
    return { ...backup, entries: [{ ...entry, act, saved: { ...entry.saved, type: "zset", members } }] };
  },
  "two repairs of one name": (backup, entry) => ({ ...backup, entries: [entry, entry] }),
};

test.each(Object.keys(FORGED))("undo refuses a backup with %s, and writes nothing anywhere", async (what) => {
  const { id, path, backup } = await repaired();
  const journal = await readFile(journalPath(fixture.stateDir, id), "utf8");
  await writeFile(path, JSON.stringify(FORGED[what]?.(backup, backup.entries[0] as Entry)));
  for (const settings of [yes, { yes: false, dryRun: true }]) {
    expect(await errorOf(fixture.undo(id, settings))).toMatchObject({ exit: 2, code: "unknown-backup" });
  }
  expect((await redis().keys("*")).filter((key) => !key.startsWith("llmctl:"))).toEqual([]);
  expect(await redis().exists("session:admin")).toBe(0);
  expect(await readFile(journalPath(fixture.stateDir, id), "utf8")).toBe(journal);
  expect(await readdir(join(fixture.stateDir, ".."))).not.toContain("outside.journal.ndjson");
});

test("what a journal says of a repair that the backup does not have is not followed", async () => {
  const { id, path, backup } = await repaired();
  const [entry] = backup.entries as [Entry];
  const members = [{ id: member(7), score: 1_790_000_000 }];
  const act = { kind: "release-slots", key: counter, members, olderThanMs: 0, whole: false, endless: null };
  const saved = { ...entry.saved, type: "none", dump: "", ttlMs: -2 };
  await writeFile(path, JSON.stringify({ ...backup, entries: [{ ...entry, act, saved }] }));
  const { document, exit } = await fixture.undo(id);
  expect(document.repairs).toMatchObject([
    { status: "refused", reason: expect.stringMatching(/backup does not have/) },
  ]);
  expect(exit).toBe(3);
  expect(await redis().exists(counter)).toBe(0);
});

test.each([
  ["backup", (id: string) => backupPath(fixture.stateDir, id)],
  ["journal", (id: string) => journalPath(fixture.stateDir, id)],
])("undo acts on no %s that others could have written", async (_, pathOf) => {
  const { id } = await repaired();
  await chmod(pathOf(id), 0o666);
  expect(await errorOf(fixture.undo(id))).toMatchObject({
    exit: 2,
    hint: expect.stringContaining(`chmod go-w ${pathOf(id)}`),
  });
  await chmod(pathOf(id), 0o600);
  await chmod(backupsDir(fixture.stateDir), 0o777);
  expect(await errorOf(fixture.undo(id))).toMatchObject({ exit: 2, hint: expect.stringContaining("chmod go-w") });
  await chmod(backupsDir(fixture.stateDir), 0o700);
  if (root) {
    await chown(pathOf(id), STRANGER, STRANGER);
    expect(await errorOf(fixture.undo(id))).toMatchObject({ exit: 2, hint: expect.stringContaining("chown 0") });
    await chown(pathOf(id), 0, 0);
  }
  expect(await redis().exists(counter)).toBe(0);
  expect(await fixture.undo(id)).toMatchObject({ exit: 0 });
  expect(await redis().get(counter)).toBe("3");
});

test("no backup is written where others may write, and so nothing is repaired", async () => {
  await mkdir(backupsDir(fixture.stateDir), { recursive: true });
  await chmod(backupsDir(fixture.stateDir), 0o777);
  await redis().set(counter, "3");
  expect(await errorOf(fixture.doctor({ ...fixing, idle: true }, yes))).toMatchObject({ exit: 2, code: "no-backup" });
  expect(await redis().get(counter)).toBe("3");
});

test("undo shows what it will put back and asks: without a terminal and --yes it is exit 2, and nothing is written", async () => {
  const { id } = await repaired();
  const here = fixture.context();
  const keys = (await redis().keys("*")).sort();
  const { undo } = await import("../../src/doctor/undo-command.js");
  expect(await errorOf(undo(here, id))).toMatchObject({ exit: 2, hint: expect.stringContaining("--yes") });
  expect(here.said()).toMatch(new RegExp(`put back 1 repair, backup ${id}`));
  expect(here.said()).toMatch(/undo: delete the counter, 3 without expiry/);
  expect((await redis().keys("*")).sort()).toEqual(keys);
});

/** What may lie in backups/ beside a backup. */
async function litter(): Promise<void> {
  const dir = backupsDir(fixture.stateDir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(join(dir, "notes (1).json"), "notes");
  await writeFile(join(dir, "empty.json"), "");
  await writeFile(join(dir, "cut.json"), '{"schema":"llmctl.backup/1","id":"cut","entr');
  await mkdir(join(dir, "folder.json"));
  execFileSync("mkfifo", [join(dir, "pipe.json")]);
}

test("what lies among the backups and is none ends neither doctor nor the watch, and is said once", async () => {
  await litter();
  await redis().set(counter, "3");
  await recordRun(fixture, rise(0, 3), { limit: 9 });
  const { document, stderr } = await fixture.doctor({ ...fixing }, yes);
  expect(document.repairs).toMatchObject([{ status: "done" }]);
  for (const name of ["empty", "cut", "folder", "pipe"]) {
    expect(stderr.match(new RegExp(`passed over: .*/${name}\\.json`, "g")), name).toHaveLength(1);
  }
  await redis().set(counter, "5");
  await recordRun(fixture, rise(0, 5), { id: "run-2", limit: 9 });
  const watch = startWatch(fixture, { fix: true, olderThan: "15m" }, yes);
  await watch.until(({ repaired }) => repaired > 0);
  await watch.until(({ tick }) => tick >= 3);
  expect(await watch.end()).toBe(0);
  expect(watch.said().match(/passed over: .*\/empty\.json/g)).toHaveLength(1);
  await redis().del(counter);
  expect((await fixture.undo()).document.repairs).toMatchObject([{ status: "done" }]);
});

test("a backup that cannot be read may be of any key: the rise that a run saw before it is spent", async () => {
  await redis().set(counter, "3");
  await recordRun(fixture, rise(0, 3), { limit: 9 });
  await mkdir(backupsDir(fixture.stateDir), { recursive: true, mode: 0o700 });
  await writeFile(backupPath(fixture.stateDir, newBackupId(Date.now())), "");
  expect((await fixture.doctor({ ...fixing }, yes)).document.repairs).toEqual([]);
  expect(await redis().get(counter)).toBe("3");
});
