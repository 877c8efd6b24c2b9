import { readFile, rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { listBackups } from "../../src/repair/backup.js";
import { counter, fixing, member, openServerFixture, type ServerFixture } from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";

let fixture: ServerFixture;
let documented: string[];
const redis = () => fixture.redis.client;
const other = counter.replace("}", "0}");

beforeAll(async () => {
  fixture = await openServerFixture();
  const text = await readFile(new URL("../../docs/redis.md", import.meta.url), "utf8");
  documented = [...text.matchAll(/^ACL SETUSER llmctl (.*)$/gm)].flatMap(([, words = ""]) => words.split(" "));
});
afterAll(() => fixture?.close());
beforeEach(async () => {
  await rm(fixture.stateDir, { recursive: true, force: true });
  await redis().flushall();
  await redis().set(counter, "3");
  await redis().zadd(other, 1_790_000_000, member(1), 1_790_000_001, member(2));
});

const readBackups = () => listBackups(fixture.stateDir);

/** Settings of a user who may do what docs/redis.md says, but for `missing`. */
async function userWithout(...missing: string[]) {
  const rights = documented.filter((word) => !missing.includes(word));
  await redis().call("ACL", "SETUSER", "llmctl", "reset", ...rights);
  await redis().script("FLUSH");
  return { yes: true, redis: parseRedisUrl(fixture.server.url.replace("//", "//llmctl:password@"), "url") };
}

test("the rights in docs/redis.md are enough to repair and to undo", async () => {
  expect(documented.length).toBeGreaterThan(30);
  const user = await userWithout();
  expect(await fixture.doctor({ ...fixing, idle: true }, user)).toMatchObject({ exit: 0 });
  expect(await redis().exists(counter, other)).toBe(0);
  await redis().zadd(other, 1_790_000_009, member(3));
  expect(await fixture.undo(undefined, user)).toMatchObject({ exit: 0 });
  expect(await redis().get(counter)).toBe("3");
  expect(await redis().zcard(other)).toBe(3);
});

test.each(["+dump", "+restore", "+zadd", "+pexpire", "+del", "+hset"])(
  "without %s it stops before it has changed anything",
  async (right) => {
    const error = await errorOf(fixture.doctor({ ...fixing, idle: true }, await userWithout(right)));
    expect([4, 5]).toContain(error.exit);
    expect(error.message).toMatch(/permission|can't run|granted/i);
    expect(await readBackups()).toEqual([]);
    expect(await redis().get(counter)).toBe("3");
    expect(await redis().zcard(other)).toBe(2);
  },
);

test("an act that Redis refuses has changed nothing, and is told as failed", async () => {
  const { document, exit } = await fixture.doctor({ ...fixing, idle: true }, await userWithout("+zrem"));
  const slots = document.repairs.find(({ key }) => key === other);
  expect(slots?.status).toBe("failed");
  expect(slots?.reason).toMatch(/permission|can't run/i);
  expect(exit).not.toBe(0);
  expect(await redis().zcard(other)).toBe(2);
});
