import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { doctorDocument } from "../../src/output/documents/doctor.js";
import { checkOf, counter, fixing, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(() => redis().flushall());

/** For how many seconds from now on a worker may refuse, as the document says. */
const refusedForS = ({ document }: Awaited<ReturnType<ServerFixture["doctor"]>>) => {
  const { at, outOfReach } = doctorDocument.parse(document);
  return Math.round((Date.parse(outOfReach[0]?.until ?? "") - Date.parse(at)) / 1000);
};

const idle = { ...fixing, idle: true, limit: "3" } as const;

test("a counter's own expiry shows the window: a worker may refuse for 240 s, not for 60", async () => {
  await redis().set(counter, "3", "EX", 224);
  const seen = await fixture.doctor(idle, yes, {});
  expect(seen.document.repairs).toMatchObject([{ status: "done" }]);
  expect(refusedForS(seen)).toBe(240);
  expect(seen.document.outOfReach[0]?.text).toMatch(/in the last 240 s may refuse for up to 240 s more/);
  expect(seen.stderr).toMatch(/may refuse for up to 240 s more/);
});

test("so does another counter's, where the stuck one has no expiry", async () => {
  await redis().set(counter, "3");
  await redis().set(counter.replace(/[0-9a-f]{64}/, "b".repeat(64)), "1", "EX", 299);
  const seen = await fixture.doctor(idle, { ...yes, dryRun: true }, {});
  expect(refusedForS(seen)).toBe(300);
  expect(checkOf(seen, "mirrors").findings[0]?.text).toMatch(/up to 300 s more/);
});

test("the environment and LiteLLM's configuration tell it too", async () => {
  await redis().set(counter, "3");
  const dryRun = { ...yes, dryRun: true };
  expect(refusedForS(await fixture.doctor(idle, dryRun, {}))).toBe(60);
  expect(refusedForS(await fixture.doctor(idle, dryRun, { LITELLM_RATE_LIMIT_WINDOW_SIZE: "300" }))).toBe(300);
  const path = join(fixture.stateDir, "litellm.yaml");
  await writeFile(path, 'environment_variables: { LITELLM_RATE_LIMIT_WINDOW_SIZE: "900" }\n');
  const named = { ...dryRun, litellmConfig: { path, env: {} } };
  expect(refusedForS(await fixture.doctor(idle, named, {}))).toBe(900);
});

test("an observation of less than the window in force proves nothing, whatever the longest call", async () => {
  await redis().set(counter, "3");
  const said = { ...fixing, limit: "3", longestCall: "1s" };
  await expect(
    fixture.doctor({ ...said, observe: "1s" }, yes, { LITELLM_RATE_LIMIT_WINDOW_SIZE: "2" }),
  ).rejects.toMatchObject({ exit: 2, message: expect.stringMatching(/--observe 1s is too short.*a window 2 s/) });
  await redis().set(counter.replace(/[0-9a-f]{64}/, "b".repeat(64)), "0", "EX", 3);
  const begun = performance.now();
  const seen = await fixture.doctor({ ...said, observe: "1s" }, yes);
  expect(seen.document.repairs).toMatchObject([{ status: "done" }]);
  expect(performance.now() - begun).toBeGreaterThan(2900);
});

test("--longest-call is a time with a unit", async () => {
  await redis().set(counter, "3");
  await expect(fixture.doctor({ ...fixing, longestCall: "15" }, yes)).rejects.toMatchObject({
    exit: 2,
    hint: "write it like --longest-call 15m",
  });
});
