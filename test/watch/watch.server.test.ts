import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { parallelKey } from "../../src/litellm/key-name.js";
import { listBackups } from "../../src/repair/backup.js";
import { counter, hash, member, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { recordRun } from "../support/record-run.js";
import { startWatch, type Watching, WINDOW_MS } from "../support/watch-session.js";

let fixture: ServerFixture;
let open: Watching[] = [];
const redis = () => fixture.redis.client;
const seconds = async () => Number((await redis().time())[0]);
const other = parallelKey("b".repeat(64));
const repairing = { fix: true, olderThan: "15m" } as const;

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());
afterEach(async () => {
  for (const watch of open) await watch.end();
  open = [];
});

function watch(...[flags, settings]: [Parameters<typeof startWatch>[1], Parameters<typeof startWatch>[2]?]): Watching {
  const started = startWatch(fixture, flags, settings);
  open.push(started);
  return started;
}

/** A counter full of calls that end and are followed at once by others, as a busy key is. */
function keepBusy(key: string, limit: number): () => Promise<void> {
  let ended = false;
  const work = (async () => {
    for (let call = 0; !ended; call++) {
      await redis().set(key, `${limit - (call % 2)}`);
      await redis().incrby(`{api_key:${"b".repeat(64)}}:tokens`, 30);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  })();
  return async () => {
    ended = true;
    await work;
  };
}

test("an aged slot is freed by the next tick, one of a live call stays, and undo brings the first back", async () => {
  const run = watch(repairing, yes);
  await run.until(({ role }) => role === "leader");
  const now = await seconds();
  await redis().zadd(counter, now - 1000, member(1), now, member(2));
  const tick = await run.until(({ repaired }) => repaired > 0);
  expect(tick).toMatchObject({
    leaked: 1,
    held: 2,
    left: 0,
    repairs: [{ status: "done", action: "remove 1 of 2 slots" }],
  });
  expect(await redis().zrange(counter, "0", "-1")).toEqual([member(2)]);
  expect(await run.end()).toBe(0);
  expect(tick.backup).toMatch(/backups\/.*\.json$/);
  expect(await fixture.undo()).toMatchObject({ exit: 0 });
  expect(await redis().zrange(counter, "0", "-1")).toEqual([member(1), member(2)]);
});

test("a tick that repairs nothing writes no backup; each that repairs writes one of its own", async () => {
  const before = (await listBackups(fixture.stateDir)).length;
  const run = watch(repairing, yes);
  for (let n = 0; n < 2; n++) {
    await redis().zadd(counter, (await seconds()) - 1000, member(n));
    const from = run.ticks.length;
    await run.until(({ repaired }) => repaired > 0, from);
  }
  await run.until(() => true, run.ticks.length);
  await run.end();
  expect((await listBackups(fixture.stateDir)).length - before).toBe(2);
});

test("a locked number is freed once it was watched for a window, without any tick waiting for it; a busy one is not", async () => {
  await redis().set(counter, "3", "EX", 2);
  const calm = keepBusy(other, 3);
  const refuse = () => redis().multi().incr(`{api_key:${hash}}:requests`).expire(counter, 2).exec();
  const attempts = setInterval(() => void refuse(), 50);
  const run = watch({ ...repairing, longestCall: "1s", limit: "3" }, yes);
  const tick = await run.until(({ repaired }) => repaired > 0);
  clearInterval(attempts);
  await calm();
  expect(tick.repairs).toMatchObject([{ key: counter, evidence: [expect.stringMatching(/^locked: never below 3/)] }]);
  expect(run.ticks[0]).toMatchObject({ repaired: 0 });
  expect(run.ticks[0]?.watching).toBeGreaterThan(0);
  for (const { durationMs } of run.ticks) expect(durationMs).toBeLessThan(WINDOW_MS);
  expect(await redis().exists(other)).toBe(1);
});

test("a number is watched for as long as the longest call takes, ten minutes or --older-than where nobody says", async () => {
  await redis().set(counter, "3");
  const slow = watch({ ...repairing, limit: "3" }, yes);
  await slow.until(({ tick }) => tick >= 4);
  expect(slow.ticks.every(({ repaired, watching }) => repaired === 0 && watching === 1)).toBe(true);
  await slow.end();
  const hasty = watch({ fix: true, longestCall: "2s", observe: "2s" }, yes);
  await hasty.until(({ repaired }) => repaired > 0);
  expect(await redis().exists(counter)).toBe(0);
});

test("a counter that was freed and is full again at once is watched from the beginning: these are other calls", async () => {
  await redis().set(counter, "3");
  let ended = false;
  const again = (async () => {
    while (!ended) await redis().set(counter, "3", "NX");
  })();
  const run = watch({ ...repairing, longestCall: "2s", observe: "2s", limit: "3" }, yes);
  const first = await run.until(({ repaired }) => repaired > 0);
  const second = await run.until(({ repaired, tick }) => repaired > 0 && tick > first.tick);
  ended = true;
  await again;
  expect(Date.parse(second.time) - (Date.parse(first.time) - first.durationMs)).toBeGreaterThanOrEqual(2000);
});

test("no more than --max-repairs are made in a tick; the next ticks go on", async () => {
  const now = await seconds();
  for (let n = 0; n < 5; n++) await redis().zadd(parallelKey(`${n}`.repeat(64)), now - 1000, member(n));
  const run = watch({ ...repairing, maxRepairs: "2" }, yes);
  await run.until(({ left, repaired }) => left === 0 && repaired > 0);
  expect(run.ticks.slice(0, 3).map(({ repaired, left, leaked }) => [repaired, left, leaked])).toEqual([
    [2, 3, 5],
    [2, 1, 3],
    [1, 0, 1],
  ]);
});

test("--from-run frees what that run proved, and nothing of what is old", async () => {
  const now = await seconds();
  const slots = [{ id: member(1), score: now - 5 }];
  await redis().zadd(counter, now - 5, member(1), now - 4000, member(2));
  await recordRun(fixture, { members: slots });
  const run = watch({ fix: true, fromRun: "last" }, yes);
  await run.until(({ repaired }) => repaired > 0);
  await run.until(({ tick }) => tick >= 3);
  expect(await redis().zrange(counter, "0", "-1")).toEqual([member(2)]);
});

test("a watch that only reads tells what appears and goes, and changes nothing", async () => {
  const run = watch({ olderThan: "15m" });
  await run.until(() => true);
  await redis().zadd(counter, (await seconds()) - 1000, member(1));
  const came = await run.until(({ changes }) =>
    changes.some(({ change, check }) => change === "appeared" && check === "slots"),
  );
  expect(came).toMatchObject({ role: "reader", leaked: 1, left: 1, repairs: [], backup: null });
  await redis().del(counter);
  await run.until(({ changes }) => changes.some(({ change, key }) => change === "gone" && key === counter));
  expect(await run.end("SIGINT")).toBe(130);
  expect(await redis().keys("llmctl:*")).toEqual([]);
});

test("--dry-run plans and repairs nothing", async () => {
  await redis().zadd(counter, (await seconds()) - 1000, member(1));
  const run = watch(repairing, { dryRun: true });
  await run.until(({ tick }) => tick >= 2);
  expect(run.ticks.map(({ role, left }) => [role, left])).toContainEqual(["reader", 1]);
  expect(await redis().keys("llmctl:*")).toEqual([]);
  expect(await redis().zcard(counter)).toBe(1);
});

test("of two that would repair one leads; the other only reads, and leads when the first has ended", async () => {
  const first = watch(repairing, yes);
  await first.until(({ role }) => role === "leader");
  const second = watch(repairing, yes);
  await second.until(({ tick }) => tick >= 2);
  expect(second.ticks.every(({ role, why }) => role === "standby" && why === "another doctor holds the lock")).toBe(
    true,
  );
  expect(second.said()).toMatch(/stands by and only reads/);
  expect(await first.end()).toBe(0);
  const from = second.ticks.length;
  await redis().zadd(counter, (await seconds()) - 1000, member(1));
  expect(await second.until(({ repaired }) => repaired > 0, from)).toMatchObject({ role: "leader" });
  expect(second.said()).toMatch(/leads: repairs what it finds/);
});

test("one doctor --fix beside a watch that leads is told so, and is free to work when it has ended", async () => {
  const run = watch(repairing, yes);
  await run.until(({ role }) => role === "leader");
  await expect(fixture.doctor({ fix: true, idle: true }, yes)).rejects.toMatchObject({
    exit: 5,
    hint: expect.stringContaining("doctor --watch, stop that"),
  });
  await run.end();
  expect(await fixture.doctor({ fix: true, idle: true }, yes)).toMatchObject({ exit: 0 });
});

test("a first tick with a wrong password is exit 4, for waiting would not help", async () => {
  const target = { ...fixture.context().settings.redis, password: "wrong", username: "nobody" };
  const run = startWatch(fixture, repairing, { ...yes, redis: target as never });
  await expect(run.until(() => false)).rejects.toMatchObject({ exit: 4 });
});

test("a folder that cannot be written is said, nothing is changed, and the watch goes on", async () => {
  const stateDir = join(fixture.stateDir, "a-file");
  await writeFile(stateDir, "");
  const run = watch({ ...repairing, runs: false }, { ...yes, stateDir });
  await run.until(({ role }) => role === "leader");
  await redis().zadd(counter, (await seconds()) - 1000, member(1));
  const tick = await run.until(({ outcome }) => outcome === "trouble");
  expect(tick.why).toMatch(/backup .* could not be written/);
  await run.until(() => true, run.ticks.length);
  expect(await redis().zcard(counter)).toBe(1);
});

test("a repair that could not begin for want of a backup keeps its evidence: the next tick with a folder makes it", async () => {
  const stateDir = join(fixture.stateDir, "in-the-way");
  await writeFile(stateDir, "");
  await redis().set(counter, "3");
  const run = watch({ fix: true, longestCall: "3s", observe: "3s", limit: "3", runs: false }, { ...yes, stateDir });
  await run.until(({ outcome }) => outcome === "trouble");
  await rm(stateDir);
  const freed = performance.now();
  await run.until(({ repaired }) => repaired > 0);
  expect(performance.now() - freed).toBeLessThan(2500);
  expect(await redis().exists(counter)).toBe(0);
});
