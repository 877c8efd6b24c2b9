import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { PlannedRepair } from "../../src/diagnose/plan.js";
import { limitPlan } from "../../src/diagnose/selection.js";
import { counter, fixing, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;
const keys = [0, 1, 2, 3, 4].map((n) => counter.replace("}", `${n}}`));

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(async () => {
  await redis().flushall();
  for (const [n, key] of keys.entries()) await redis().set(key, `${n + 3}`);
});

test("no more than --max-repairs are made, the fullest first; the rest is listed as left, and that is exit 3", async () => {
  const { document, exit, stderr } = await fixture.doctor({ ...fixing, idle: true, maxRepairs: "2" }, yes);
  expect(document.repairs.map(({ key, status, reason }) => [key, status, reason])).toEqual([
    [keys[4], "done", ""],
    [keys[3], "done", ""],
    ...[keys[2], keys[1], keys[0]].map((key) => [key, "planned", "left for another run: --max-repairs"]),
  ]);
  expect(stderr).toMatch(/plan: 2 repairs[\s\S]*left for another run: 3/);
  expect(document.next.at(-1)).toMatch(/--max-repairs 2.*--idle/);
  expect(exit).toBe(3);
  expect((await redis().keys("*api_key*")).sort()).toEqual(keys.slice(0, 3));
});

test("runs after it go on where it ended, and the last one is exit 0", async () => {
  const exits = [];
  for (let run = 0; run < 3; run++) {
    exits.push((await fixture.doctor({ ...fixing, idle: true, maxRepairs: "2" }, yes)).exit);
  }
  expect(exits).toEqual([3, 3, 0]);
  expect(await redis().keys("*api_key*")).toEqual([]);
});

test("the backup holds what is repaired, and nothing of what is left", async () => {
  await fixture.doctor({ ...fixing, idle: true, maxRepairs: "1" }, yes);
  const { document } = await fixture.undo();
  expect(document.repairs).toMatchObject([{ key: keys[4], status: "done" }]);
  expect(await redis().get(keys[4] as string)).toBe("7");
});

test.each(["0", "-1", "two"])("--max-repairs %s is exit 2", async (maxRepairs) => {
  expect(await errorOf(fixture.doctor({ ...fixing, maxRepairs }, yes))).toMatchObject({ exit: 2 });
});

test("the best proved come first, whatever they hold", () => {
  const repair = (key: string, kind: string, held: number) =>
    ({ act: { key }, evidence: [{ kind }], counter: { held } }) as unknown as PlannedRepair;
  const plan = [repair("a", "aged", 9), repair("c", "locked", 1), repair("b", "proven", 2), repair("d", "locked", 1)];
  const { now, later } = limitPlan(plan, 3);
  expect([now, later].map((part) => part.map(({ act }) => act.key))).toEqual([["b", "c", "d"], ["a"]]);
  expect(limitPlan(plan, 4)).toEqual({ now: plan, later: [] });
});

test("the pace is kept", async () => {
  const begun = performance.now();
  await fixture.doctor({ ...fixing, idle: true, pace: "5/s" }, yes);
  expect(performance.now() - begun).toBeGreaterThan(4 * 200);
});

test("Ctrl-C in a pause of the pace ends it: what was done is journalled and can be undone, the rest is said", async () => {
  const interruption = new AbortController();
  const { doctor } = await import("../../src/doctor/command.js");
  const here = fixture.context(yes, {}, interruption.signal);
  const run = errorOf(doctor(here, { ...fixing, idle: true, pace: "1/m" }));
  while ((await redis().exists(...keys)) === 5) await new Promise((resolve) => setTimeout(resolve, 5));
  interruption.abort("SIGINT");
  expect(await run).toMatchObject({
    exit: 130,
    message: expect.stringMatching(/1 of 5 repairs made, the others left as they were.*llmctl doctor undo \S+/),
  });
  expect(await redis().exists(...keys)).toBe(4);
  expect(await fixture.undo()).toMatchObject({ exit: 0 });
  expect(await redis().exists(...keys)).toBe(5);
});
