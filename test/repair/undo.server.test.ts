import { appendFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { undo } from "../../src/doctor/undo-command.js";
import { counter, fixing, member, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;
const dump = async () => (await redis().dumpBuffer(counter))?.toString("base64");
const seconds = async () => Number((await redis().time())[0]);

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());

test("brings a deleted counter back, byte by byte and without expiry", async () => {
  await redis().set(counter, "3");
  const before = await dump();
  await fixture.doctor({ ...fixing, limit: "2" }, yes);
  const { exit, document } = await fixture.undo();
  expect(document.repairs).toMatchObject([{ status: "done" }]);
  expect(exit).toBe(0);
  expect(await dump()).toBe(before);
  expect(await redis().pttl(counter)).toBe(-1);
});

test("brings a whole set back, byte by byte, with the time to live that remains", async () => {
  const now = await seconds();
  await redis().zadd(counter, now - 4000, member(1), now - 3000, member(2));
  await redis().pexpire(counter, 600_000);
  const before = await dump();
  await fixture.doctor({ ...fixing, olderThan: "15m" }, yes);
  expect(await redis().exists(counter)).toBe(0);
  expect(await fixture.undo()).toMatchObject({ exit: 0 });
  expect(await dump()).toBe(before);
  const ttl = await redis().pttl(counter);
  expect(ttl).toBeGreaterThan(590_000);
  expect(ttl).toBeLessThan(600_000);
});

test("brings members of a live set back one by one, and leaves those that came since", async () => {
  const now = await seconds();
  await redis().zadd(counter, now - 4000, member(1), now - 5, member(2));
  await redis().expire(counter, 3600);
  await fixture.doctor({ ...fixing, olderThan: "15m" }, yes);
  await redis().zadd(counter, now, member(3));
  await redis().expire(counter, 7200);
  expect(await fixture.undo()).toMatchObject({ exit: 0 });
  expect(await redis().zrange(counter, "0", "-1", "WITHSCORES")).toEqual([
    ...[member(1), `${now - 4000}`],
    ...[member(2), `${now - 5}`],
    ...[member(3), `${now}`],
  ]);
  // The calls in flight need theirs: with the old one the set would die under them.
  expect(await redis().ttl(counter)).toBeGreaterThan(3600);
});

test("leaves a member that is there again as it is", async () => {
  const now = await seconds();
  await redis().zadd(counter, now - 4000, member(1), now - 3900, member(2), now - 5, member(3));
  await fixture.doctor({ ...fixing, olderThan: "15m" }, yes);
  await redis().zadd(counter, now, member(1));
  expect(await fixture.undo()).toMatchObject({ exit: 0 });
  expect(await redis().zscore(counter, member(1))).toBe(`${now}`);
  expect(await redis().zscore(counter, member(2))).toBe(`${now - 3900}`);
});

test.each([null, 600_000])(
  "does not bring back members that were alive and have ended since, expiry %j",
  async (ms) => {
    const now = await seconds();
    await redis().zadd(counter, now - 4000, member(1), now - 5, member(2));
    if (ms !== null) await redis().pexpire(counter, ms);
    await fixture.doctor({ ...fixing, olderThan: "15m" }, yes);
    await redis().zrem(counter, member(2));
    await fixture.undo();
    expect(await redis().zrange(counter, "0", "-1")).toEqual([member(1)]);
    const ttl = await redis().pttl(counter);
    if (ms === null) expect(ttl).toBe(-1);
    else expect([ttl > ms - 60_000, ttl < ms]).toEqual([true, true]);
  },
);

test("refuses a counter that a call has touched since, says so, and writes nothing", async () => {
  await redis().set(counter, "3");
  await fixture.doctor({ ...fixing, limit: "2" }, yes);
  await redis().incr(counter);
  const { document, exit } = await fixture.undo();
  expect(document.repairs).toMatchObject([
    { status: "refused", reason: expect.stringMatching(/calls have come since/) },
  ]);
  expect(exit).toBe(3);
  expect(await redis().get(counter)).toBe("1");
});

test("does not bring back what would have expired by itself", async () => {
  const now = await seconds();
  await redis().zadd(counter, now - 4000, member(1));
  await redis().expire(counter, 60);
  const { document: fixed } = await fixture.doctor({ ...fixing, olderThan: "15m" }, yes);
  // As if the repair had been made ten minutes ago.
  const path = fixed.backup ?? "";
  const text = await readFile(path, "utf8");
  await writeFile(
    path,
    text.replace(/"timeMs": (\d+)/, (_, ms) => `"timeMs": ${Number(ms) - 600_000}`),
  );
  const { document } = await fixture.undo();
  expect(document.repairs).toMatchObject([
    { status: "refused", reason: expect.stringMatching(/would have expired 9 min ago/) },
  ]);
  expect(await redis().exists(counter)).toBe(0);
});

test("an undone backup is said to be undone, and nothing is written", async () => {
  await redis().set(counter, "3");
  await fixture.doctor({ ...fixing, limit: "2" }, yes);
  await fixture.undo();
  await redis().del(counter);
  const { document, exit, stderr } = await fixture.undo();
  expect(stderr).toMatch(/was undone at/);
  expect(document.repairs).toEqual([]);
  expect(exit).toBe(0);
  expect(await redis().exists(counter)).toBe(0);
});

test("what another undo has put back between the look and the lock is not put back again", async () => {
  await redis().set(counter, "3");
  const { document } = await fixture.doctor({ ...fixing, limit: "2" }, yes);
  const journal = document.backup?.replace(".json", ".journal.ndjson") ?? "";
  const at = new Date().toISOString();
  const repair = document.repairs[0]?.id;
  const others = [
    { step: "undo", epoch: "e", seq: 9 },
    { step: "put-back", repair, seq: 9 },
    { step: "back", repair },
  ];
  const here = fixture.context(yes);
  let looked = false;
  // It is asked for --dry-run after it has looked. Whoever freed the counter after the other undo had a reason of his own.
  const settings = Object.defineProperty({ ...here.settings }, "dryRun", {
    get() {
      if (!looked) appendFileSync(journal, others.map((step) => `${JSON.stringify({ ...step, at })}\n`).join(""));
      looked = true;
      return false;
    },
  });
  const { document: undone } = await undo({ ...here, settings }, undefined);
  expect(undone).toMatchObject({ repairs: [{ status: "done", reason: "put back before" }] });
  expect(await redis().exists(counter)).toBe(0);
});

test("takes the newest backup when none is named, and any by its name", async () => {
  const other = counter.replace("}", "0}");
  await redis().set(counter, "3");
  const first = await fixture.doctor({ ...fixing, limit: "2" }, yes);
  await redis().set(other, "4");
  await fixture.doctor({ ...fixing, limit: "2" }, yes);
  expect((await fixture.undo()).document.repairs).toMatchObject([{ key: other, status: "done" }]);
  const id = first.document.backup?.split("/").at(-1)?.replace(".json", "");
  expect((await fixture.undo(id)).document.repairs).toMatchObject([{ key: counter, status: "done" }]);
  expect(await redis().mget(counter, other)).toEqual(["3", "4"]);
});

test("--dry-run says what would be put back and writes nothing", async () => {
  await redis().set(counter, "3");
  await fixture.doctor({ ...fixing, limit: "2" }, yes);
  const { document, exit } = await fixture.undo(undefined, { dryRun: true });
  expect(document.repairs).toMatchObject([{ key: counter, status: "planned" }]);
  expect(exit).toBe(3);
  expect(await redis().exists(counter)).toBe(0);
});

test("a backup that is not there, of another Redis, or with a path in its name is exit 2", async () => {
  await redis().set(counter, "3");
  await fixture.doctor({ ...fixing, limit: "2" }, yes);
  expect(await errorOf(fixture.undo("20200101-000000-abcdef"))).toMatchObject({ exit: 2, code: "unknown-backup" });
  expect(await errorOf(fixture.undo("../../etc/passwd"))).toMatchObject({
    ...{ exit: 2, code: "unknown-backup" },
    message: expect.stringMatching(/is not the name of a backup/),
  });
  const elsewhere = parseRedisUrl(`${fixture.server.url}/1`, "url");
  expect(await errorOf(fixture.undo(undefined, { redis: elsewhere }))).toMatchObject({ exit: 2, code: "other-redis" });
});
