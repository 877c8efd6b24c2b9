import { readdir, readFile, stat } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { backupsDir } from "../../src/repair/backup.js";
import {
  checkOf,
  counter,
  fixing,
  member,
  openServerFixture,
  REAL_WINDOW,
  type ServerFixture,
  WATCH,
  yes,
} from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;
const seconds = async () => Number((await redis().time())[0]);

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());

test("frees a counter that stood above its limit without expiry, and says how to take it back", async () => {
  await redis().set(counter, "3");
  const { document, exit } = await fixture.doctor({ ...fixing, limit: "2" }, yes);
  expect(document.repairs).toMatchObject([{ key: counter, status: "done", reason: "" }]);
  expect(document.repairs[0]?.evidence[0]).toMatch(/^locked: never below 3 \(limit 2\)/);
  expect(await redis().exists(counter)).toBe(0);
  expect(exit).toBe(0);
  expect(document.next[0]).toMatch(/^llmctl doctor undo \d{8}-\d{9}-[0-9a-f]{6}$/);
  expect(document.outOfReach).toMatchObject([
    { key: counter, text: expect.stringMatching(/may refuse for up to 1 s more/) },
  ]);
});

test("a second --fix changes nothing and ends with 0", async () => {
  await redis().set(counter, "3");
  await fixture.doctor({ ...fixing, limit: "2" }, yes);
  const second = await fixture.doctor({ ...fixing, limit: "2" }, yes);
  expect(second).toMatchObject({ exit: 0, document: { repairs: [], backup: null } });
});

test("never touches two long calls that look like a leak: value 2, no expiry, limit 2, shorter watched than a window", async () => {
  await redis().set(counter, "2");
  const { document, exit } = await fixture.doctor({ ...fixing, limit: "2" }, yes, REAL_WINDOW);
  expect(document.repairs).toEqual([]);
  expect(await redis().get(counter)).toBe("2");
  expect(exit).toBe(0);
  const { findings } = document.checks.find(({ id }) => id === "locked") ?? { findings: [] };
  expect(findings[0]?.evidence.join()).toMatch(/looked locked for 1 s, but calls in flight .* up to 10 min/);
});

test("never touches a counter below its limit, however long it stands without expiry", async () => {
  await redis().set(counter, "2");
  const { document } = await fixture.doctor({ ...fixing, limit: "5" }, yes);
  expect(document.repairs).toEqual([]);
  expect(await redis().get(counter)).toBe("2");
});

test("a counter without expiry that never moves is locked, whatever its limit", async () => {
  await redis().set(counter, "3");
  const { document } = await fixture.doctor({ ...fixing }, yes);
  expect(document.repairs).toMatchObject([
    { status: "done", evidence: [expect.stringMatching(/^locked: never below 3 \(limit unknown\)/)] },
  ]);
  expect(await redis().exists(counter)).toBe(0);
});

test("one of unknown limit to which something is added meanwhile may hold a call in flight, and stays", async () => {
  await redis().set(counter, "3");
  setTimeout(() => void redis().incr(counter), 600);
  const { document } = await fixture.doctor({ ...fixing }, yes);
  expect(document.repairs).toEqual([]);
  expect(await redis().get(counter)).toBe("4");
});

test("removes slots older than --older-than and leaves the younger ones and the key", async () => {
  const now = await seconds();
  await redis().zadd(counter, now - 4000, member(1), now - 1000, member(2), now - 5, member(3));
  await redis().expire(counter, 3000);
  const { document, exit } = await fixture.doctor({ ...fixing, olderThan: "15m" }, yes);
  expect(document.repairs).toMatchObject([{ action: "remove 2 of 3 slots", status: "done" }]);
  expect(await redis().zrange(counter, "0", "-1")).toEqual([member(3)]);
  expect(await redis().ttl(counter)).toBeGreaterThan(2900);
  expect(exit).toBe(0);
});

test("old slots without --older-than are reported and never removed", async () => {
  const now = await seconds();
  await redis().zadd(counter, now - 4000, member(1), now - 5, member(2));
  const visit = await fixture.doctor({ ...fixing, limit: "2" }, yes);
  expect(visit.document.repairs).toEqual([]);
  expect(checkOf(visit, "slots").status).toBe("fail");
  expect(visit.exit).toBe(3);
  expect(visit.document.next[0]).toContain("--older-than 15m");
  expect(await redis().zcard(counter)).toBe(2);
});

test("--idle takes away what Redis shows of the key, and warns of young ages only where age is the reason", async () => {
  const now = await seconds();
  await redis().zadd(counter, now - 3, member(1), now - 2, member(2));
  const { document, stderr } = await fixture.doctor({ ...fixing, idle: true, key: counter }, yes);
  expect(document.repairs).toMatchObject([{ status: "done", action: "remove 2 of 2 slots" }]);
  expect(stderr).not.toContain("careful");
  expect(await redis().exists(counter)).toBe(0);
});

test("an age below ten minutes is warned about in the plan", async () => {
  const now = await seconds();
  await redis().zadd(counter, now - 120, member(1));
  const { stderr } = await fixture.doctor({ ...fixing, olderThan: "1m" }, yes);
  expect(stderr).toMatch(/careful: .*alive/);
});

test("--dry-run shows the plan, ends with 3 and writes nothing, no lock either", async () => {
  await redis().set(counter, "3");
  const before = await redis().dbsize();
  const { document, exit, stderr } = await fixture.doctor({ ...fixing, limit: "2" }, { ...yes, dryRun: true });
  expect(exit).toBe(3);
  expect(document.repairs).toMatchObject([{ status: "planned" }]);
  expect(stderr).toMatch(/plan: 1 repair/);
  expect(await redis().dbsize()).toBe(before);
  expect(await redis().get(counter)).toBe("3");
});

test("without a terminal and without --yes it is exit 2 that names the flag, and nothing is written", async () => {
  await redis().set(counter, "3");
  const error = await errorOf(fixture.doctor({ ...fixing, limit: "2" }));
  expect(error).toMatchObject({ exit: 2, hint: expect.stringContaining("--yes") });
  expect(await redis().keys("*")).toEqual([counter]);
});

test("the backup and its journal are readable by their owner only, and no key is in their names", async () => {
  await redis().set(counter, "3");
  const { document } = await fixture.doctor({ ...fixing, limit: "2" }, yes);
  const dir = backupsDir(fixture.stateDir);
  const id = document.backup?.split("/").at(-1)?.replace(".json", "") ?? "";
  for (const name of [`${id}.json`, `${id}.journal.ndjson`]) {
    expect((await stat(`${dir}/${name}`)).mode & 0o777).toBe(0o600);
  }
  expect((await readdir(dir)).join()).not.toContain("api_key");
  const steps = (await readFile(`${dir}/${id}.journal.ndjson`, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(steps.map(({ step }) => step)).toEqual(["begin", "act", "done", "end"]);
  expect(steps[1].seq).toBeGreaterThan(0);
});

test("a key of LiteLLM ≥ 1.94 with a raw custom-auth name is not spelled out in what is said", async () => {
  const raw = "{api_key:customer-secret-0815}:max_parallel_requests";
  await redis().set(raw, "3");
  const here = fixture.context();
  const { doctor } = await import("../../src/doctor/command.js");
  await doctor(here, { observe: WATCH, limit: "2", fix: false });
  here.terminal.warn(`about ${raw}`);
  expect(here.said()).not.toContain("customer-secret-0815");
});
