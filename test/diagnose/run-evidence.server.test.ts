import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { backupsDir } from "../../src/repair/backup.js";
import { readSteps } from "../../src/repair/journal.js";
import { runsDir } from "../../src/runs/reader.js";
import {
  counter,
  fixing,
  member,
  openServerFixture,
  type ServerFixture,
  WATCH,
  yes,
} from "../support/doctor-fixture.js";
import { recordRun as record, rise } from "../support/record-run.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;
const now = async () => {
  const [seconds, micros] = (await redis().time()).map(Number) as [number, number];
  return seconds * 1000 + Math.floor(micros / 1000);
};

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(async () => {
  await redis().flushall();
  await rm(runsDir(fixture.stateDir), { recursive: true, force: true });
});

const recordRun = (proven: Parameters<typeof record>[1], limit = 2) => record(fixture, proven, { limit });

test("a run that watched the counter rise frees it at once, without a watch", async () => {
  await redis().set(counter, "3");
  await recordRun(rise(0, 3));
  const { document, stderr, exit } = await fixture.doctor({ ...fixing, observe: "65s" }, yes);
  expect(document.repairs).toMatchObject([
    { status: "done", evidence: [expect.stringMatching(/^proven: run run-of-a-test/)] },
  ]);
  expect(stderr).not.toContain("watching");
  expect(exit).toBe(0);
});

test("of a counter with others in flight only the proved rise is taken away", async () => {
  await redis().set(counter, "4");
  await recordRun(rise(2, 4), 9);
  await fixture.doctor({ ...fixing }, yes);
  expect(await redis().get(counter)).toBe("2");
  expect(await redis().pttl(counter)).toBe(-1);
  expect(await fixture.undo()).toMatchObject({ exit: 0 });
  expect(await redis().get(counter)).toBe("4");
});

test("a lowered counter that a call has touched since is not put back", async () => {
  await redis().set(counter, "4");
  await recordRun(rise(2, 4), 9);
  await fixture.doctor({ ...fixing }, yes);
  await redis().incr(counter);
  expect(await fixture.undo()).toMatchObject({
    exit: 3,
    document: { repairs: [{ reason: expect.stringMatching(/value has changed/) }] },
  });
  expect(await redis().get(counter)).toBe("3");
  await redis().set(counter, "2", "EX", 60);
  expect(await fixture.undo()).toMatchObject({
    exit: 3,
    document: { repairs: [{ reason: expect.stringMatching(/expiry/) }] },
  });
  expect(await redis().get(counter)).toBe("2");
});

test("a proof is spent by its repair, so that the same number of live calls is not taken for the leak", async () => {
  await redis().set(counter, "3");
  await recordRun(rise(0, 3));
  await fixture.doctor({ ...fixing }, yes);
  await redis().set(counter, "3");
  const { document } = await fixture.doctor({ ...fixing, limit: "9" }, yes);
  expect(document.repairs).toEqual([]);
  expect(await redis().get(counter)).toBe("3");
});

test("undone, the same proof holds again", async () => {
  await redis().set(counter, "3");
  await recordRun(rise(0, 3));
  await fixture.doctor({ ...fixing }, yes);
  await fixture.undo();
  expect((await fixture.doctor({ ...fixing }, yes)).document.repairs).toMatchObject([{ status: "done" }]);
});

test("an undo that finds live calls counting the same does not make the proof hold again", async () => {
  await redis().set(counter, "3");
  await recordRun(rise(0, 3));
  await fixture.doctor({ ...fixing }, yes);
  // Three calls of 1.79.1, alive.
  await redis().set(counter, "3");
  expect(await fixture.undo()).toMatchObject({ exit: 0 });
  const { document } = await fixture.doctor({ ...fixing, limit: "9" }, yes);
  expect(document.repairs).toEqual([]);
  expect(await redis().get(counter)).toBe("3");
});

test("--no-runs takes no run for evidence", async () => {
  await redis().set(counter, "3");
  await recordRun(rise(0, 3));
  const { document } = await fixture.doctor({ ...fixing, runs: false, observe: WATCH }, yes);
  expect(document.repairs).toEqual([]);
  expect(document.next[0]).toContain("--no-runs");
});

test("of a set only the members that the run saw are removed, whatever their age", async () => {
  const seconds = Math.floor((await now()) / 1000);
  await redis().zadd(counter, seconds - 9, member(1), seconds - 8, member(2), seconds - 7, member(3));
  await recordRun({ members: [1, 3].map((n) => ({ id: member(n), score: seconds - 10 + n })) });
  const { document } = await fixture.doctor({ ...fixing }, yes);
  expect(document.repairs).toMatchObject([{ action: "remove 2 of 3 slots", status: "done" }]);
  expect(await redis().zrange(counter, "0", "-1")).toEqual([member(2)]);
});

test("an act that may not have been sent is told from one that was, by what is there", async () => {
  const seconds = Math.floor((await now()) / 1000);
  await redis().zadd(counter, seconds - 4000, member(1), seconds - 3000, member(2));
  const { document } = await fixture.doctor({ ...fixing, olderThan: "15m" }, yes);
  const journal = `${backupsDir(fixture.stateDir)}/${document.backup?.split("/").at(-1)?.replace(".json", "")}.journal.ndjson`;
  // As if killed right after the line that says what comes next, which the last one tears.
  const lines = (await readFile(journal, "utf8")).split("\n").slice(0, 2);
  await writeFile(journal, `${lines.join("\n")}\n`);
  await appendFile(journal, '{"step":"do');
  await redis().zadd(counter, seconds - 4000, member(1), seconds, member(3));
  const { document: undone } = await fixture.undo();
  expect(undone.repairs).toMatchObject([{ status: "refused", reason: expect.stringMatching(/never carried out/) }]);
  expect(await redis().zcard(counter)).toBe(2);
  // What follows the torn line is not lost with it.
  const steps = (await readSteps(journal)).map(({ step }) => step);
  expect(steps).toEqual(["begin", "act", "undo", "put-back", "not-back", "undone"]);
});
