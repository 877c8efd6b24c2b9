import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { runsDir } from "../../src/runs/reader.js";
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

/** Two slots, one second old, which a run claims to have watched appear and stay. */
async function claimed(parts: Parameters<typeof recordRun>[2] = {}) {
  const now = Number((await redis().time())[0]);
  const slots = [1, 2].map((n) => ({ id: member(n), score: now - 1 }));
  for (const { id, score } of slots) await redis().zadd(counter, score, id);
  return recordRun(fixture, { members: slots }, parts);
}

/** What makes a run, or the folder that it is in, one that others could have written. */
const SPOILT: Record<string, (path: string) => Promise<unknown>> = {
  "a file that all may write": (path) => chmod(path, 0o666),
  "a file that its group may write": (path) => chmod(path, 0o660),
  "a folder that all may write": (path) => chmod(dirname(path), 0o777),
  "a state folder that all may write": () => chmod(fixture.stateDir, 0o777),
  ...(root && {
    "a file of another user": (path: string) => chown(path, STRANGER, STRANGER),
    "a folder of another user": (path: string) => chown(dirname(path), STRANGER, STRANGER),
  }),
};

test("the same run in a file of ours frees what it proved", async () => {
  await claimed();
  const { document } = await fixture.doctor({ ...fixing }, yes);
  expect(document.repairs).toMatchObject([{ status: "done", action: "remove 2 of 2 slots" }]);
});

test.each(Object.keys(SPOILT))(
  "%s proves nothing: live slots stay, and the line to type is told once",
  async (what) => {
    const path = await claimed();
    await SPOILT[what]?.(path);
    const { document, stderr } = await fixture.doctor({ ...fixing }, yes);
    expect(document.repairs).toEqual([]);
    expect(await redis().zcard(counter)).toBe(2);
    expect(stderr).toMatch(/not used as proof: .*: (chmod go-w|chown \d+) \//);
    expect(stderr.match(/not used as proof/g)).toHaveLength(1);
  },
);

test.each(Object.keys(SPOILT))("%s named by --from-run is exit 2 that says so", async (what) => {
  const path = await claimed();
  await SPOILT[what]?.(path);
  for (const fromRun of ["last", "run-of-a-test", path]) {
    const error = await errorOf(fixture.doctor({ ...fixing, fromRun }, yes));
    expect(error, fromRun).toMatchObject({
      exit: 2,
      code: "distrusted-run",
      hint: expect.stringMatching(/^chmod|^chown/),
    });
  }
  expect(await redis().zcard(counter)).toBe(2);
});

test("a copy elsewhere is looked at with its own folder", async () => {
  const path = await claimed();
  const elsewhere = join(fixture.stateDir, "..", `copied-${process.pid}`);
  await mkdir(elsewhere, { mode: 0o700 });
  const copy = join(elsewhere, "run.ndjson");
  await rename(path, copy);
  await chmod(elsewhere, 0o777);
  try {
    expect(await errorOf(fixture.doctor({ ...fixing, fromRun: copy }, yes))).toMatchObject({
      ...{ exit: 2, code: "distrusted-run" },
      message: expect.stringContaining(`the folder ${elsewhere} can be written by others`),
    });
    await chmod(elsewhere, 0o700);
    expect((await fixture.doctor({ ...fixing, fromRun: copy }, yes)).document.repairs).toMatchObject([
      { status: "done" },
    ]);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

test("a proof that stands in a file without its calls is no proof", async () => {
  await claimed({ calls: false });
  expect((await fixture.doctor({ ...fixing }, yes)).document.repairs).toEqual([]);
  expect(await errorOf(fixture.doctor({ ...fixing, fromRun: "last" }, yes))).toMatchObject({
    ...{ exit: 2, code: "run-proves-nothing" },
  });
  expect(await redis().zcard(counter)).toBe(2);
  await redis().del(counter);
  await redis().set(counter, "3");
  await recordRun(fixture, rise(0, 3), { calls: false, id: "run-of-a-number", limit: 9 });
  expect((await fixture.doctor({ ...fixing }, yes)).document.repairs).toEqual([]);
  expect(await redis().get(counter)).toBe("3");
});

test("a pipe or a folder among the runs ends neither doctor nor the watch", async () => {
  await claimed();
  execFileSync("mkfifo", [join(runsDir(fixture.stateDir), "99999999.ndjson")]);
  await mkdir(join(runsDir(fixture.stateDir), "99999998.ndjson"));
  const { document, stderr } = await fixture.doctor({ ...fixing }, yes);
  expect(document.repairs).toMatchObject([{ status: "done" }]);
  expect(stderr.match(/99999999\.ndjson is no regular file/g)).toHaveLength(1);
  // A run of its own: two in one file are none.
  await claimed({ id: "second-run-of-a-test" });
  const watch = startWatch(fixture, { fix: true, olderThan: "15m" }, yes);
  await watch.until(({ repaired }) => repaired > 0);
  await watch.until(({ tick }) => tick >= 3);
  expect(await watch.end()).toBe(0);
  expect(watch.said().match(/99999999\.ndjson is no regular file/g)).toHaveLength(1);
});
