import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type Backup, backupPath, backupsDir, journalPath } from "../../src/repair/backup.js";
import { lastRepairs } from "../../src/repair/history.js";
import type { Step } from "../../src/repair/journal.js";
import { counter } from "../support/doctor-fixture.js";

const AT = "2026-11-25T09:00:00.000Z";
const begin: Step = { step: "begin", at: AT, epoch: "e", seq: 1 };
const act: Step = { step: "act", repair: "r1", at: AT, seq: 1 };
const done: Step = { step: "done", repair: "r1", at: AT };
const undo: Step = { step: "undo", at: AT, epoch: "e", seq: 2 };
const putBack: Step = { step: "put-back", repair: "r1", at: AT, seq: 2 };
const ended = (step: "failed" | "refused" | "not-back"): Step => ({ step, repair: "r1", at: AT, reason: "" });
const back = (found: object): Step => ({ step: "back", repair: "r1", at: AT, ...found });

let stateDir: string;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "llmctl-history-"));
  const dir = stateDir;
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await mkdir(backupsDir(dir));
});

/** A backup of one repair that saved its key at `timeMs`, and what its journal says. */
async function repaired(id: string, timeMs: number, steps: readonly Step[]) {
  const entry: Backup["entries"][number] = {
    ...{ repair: "r1", action: "delete", evidence: [] },
    act: { kind: "release-counter", key: counter, value: "3", endless: true, lowerBy: null },
    saved: { type: "string", ttlMs: -1, timeMs, dump: "AA==", value: "3", members: [] },
  };
  const backup: Backup = { schema: "llmctl.backup/1", id, at: AT, redis: "redis://127.0.0.1:6379/0", entries: [entry] };
  await writeFile(backupPath(stateDir, id), JSON.stringify(backup));
  if (steps.length > 0)
    await writeFile(journalPath(stateDir, id), steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
}

const failOn = (line: string) => {
  throw new Error(line);
};
const last = async () => (await lastRepairs(stateDir, failOn)).get(counter);

test.each<[string, Step[]]>([
  ["was made", [begin, act, done]],
  ["may have been made, for doctor died in it", [begin, act]],
  ["may have been made, for Redis did not answer", [begin, act, ended("failed")]],
  ["was made, and may have been put back when undo died in it", [begin, act, done, undo, putBack]],
  ["was made, and not put back", [begin, act, done, undo, putBack, ended("not-back")]],
  [
    "was undone by calls that count the same, and not by undo",
    [begin, act, done, undo, putBack, back({ found: true })],
  ],
])("what a run proved before a repair is spent when the repair %s", async (_, steps) => {
  await repaired("20261125-090000000-aaaaaa", 5000, steps);
  expect(await last()).toBe(5000);
});

test.each<[string, Step[]]>([
  ["was never begun", []],
  ["was begun, and this key not reached", [begin]],
  ["was refused by what stood there", [begin, act, ended("refused")]],
  ["was taken back", [begin, act, done, undo, putBack, back({})]],
])("what a run proved still holds when the repair %s", async (_, steps) => {
  await repaired("20261125-090000000-aaaaaa", 5000, steps);
  expect(await last()).toBeUndefined();
});

test("of several repairs of a key the last counts, in whatever order their backups are named", async () => {
  await repaired("20261125-090000000-aaaaaa", 5000, [begin, act, done]);
  await repaired("20261125-090000001-bbbbbb", 9000, [begin, act, done]);
  await repaired("20261125-090000002-cccccc", 7000, [begin, act, done]);
  expect(await last()).toBe(9000);
});
