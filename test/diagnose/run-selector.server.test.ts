import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runToRepair } from "../../src/diagnose/evidence/run-selector.js";
import { plan } from "../../src/diagnose/plan.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { anyCircumstances, anyCounter } from "../support/counter-arbitraries.js";
import { counter, fixing, member, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { errorOf } from "../support/keys-session.js";
import { recordRun, rise } from "../support/record-run.js";

let fixture: ServerFixture;
const redis = () => fixture.redis.client;
const other = parallelKey(ownerOfSecret("sk-another-patient"));
const seconds = async () => Number((await redis().time())[0]);

beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());
beforeEach(async () => {
  await redis().flushall();
  await rm(fixture.stateDir, { recursive: true, force: true });
});

/** Slots of this many ages in seconds. */
async function plant(key: string, ages: readonly number[]) {
  const now = await seconds();
  const slots = ages.map((age, at) => ({ id: member(at + 1), score: now - age }));
  for (const { id, score } of slots) await redis().zadd(key, score, id);
  return slots;
}

test.each(["last", "run-of-a-test", "path"])(
  "named by %s, it frees what that run proved, at once, and nothing else",
  async (word) => {
    const slots = await plant(counter, [9, 8, 7]);
    await redis().set(other, "9");
    const path = await recordRun(fixture, { members: slots.slice(0, 2) });
    const fromRun = word === "path" ? path : word;
    const { document, stderr } = await fixture.doctor({ ...fixing, fromRun, limit: "3", observe: "65s" }, yes);
    expect(document.repairs).toMatchObject([{ key: counter, action: "remove 2 of 3 slots", status: "done" }]);
    expect(stderr).not.toContain("watching");
    expect(await redis().zrange(counter, "0", "-1")).toEqual([member(3)]);
    expect(await redis().get(other)).toBe("9");
  },
);

test("what another run proved is left alone", async () => {
  const slots = await plant(counter, [9, 8]);
  await recordRun(fixture, { members: slots.slice(0, 1) }, { id: "run-1" });
  await recordRun(fixture, { members: slots.slice(1) }, { id: "run-2" });
  await fixture.doctor({ ...fixing, fromRun: "run-1" }, yes);
  expect(await redis().zrange(counter, "0", "-1")).toEqual([member(2)]);
});

test("a second time there is nothing to do, and it says why", async () => {
  await redis().set(counter, "3");
  await recordRun(fixture, rise(0, 3));
  await fixture.doctor({ ...fixing, fromRun: "last" }, yes);
  await redis().set(counter, "3");
  const again = await fixture.doctor({ ...fixing, fromRun: "last", limit: "9" }, yes);
  expect(again.document.repairs).toEqual([]);
  expect(again.stderr).toMatch(/run run-of-a-test proved was repaired since/);
  await redis().del(counter);
  expect((await fixture.doctor({ ...fixing, fromRun: "last" }, yes)).stderr).toMatch(/gone from Redis/);
});

test("a number that moved below what the run left, or a run that is long over, is said to be so", async () => {
  await redis().set(counter, "2");
  await recordRun(fixture, rise(0, 3));
  expect((await fixture.doctor({ ...fixing, fromRun: "last" }, yes)).stderr).toMatch(
    /no longer as run .* left it \(3, no expiry\)/,
  );
  await redis().set(counter, "3");
  await recordRun(fixture, { ...rise(0, 3), untilMs: ((await seconds()) - 1000) * 1000 });
  const late = await fixture.doctor({ ...fixing, fromRun: "last" }, yes);
  expect(late.stderr).toMatch(/ended 16.* min ago.*probe again|probe again/);
  expect(await redis().get(counter)).toBe("3");
});

test.each([
  [
    "that proved nothing",
    { proven: null },
    /proves nothing to be left behind \(its verdict: healthy\)/,
    /llmctl report/,
  ],
  ["that was killed", { killed: true }, /did not come to its end/, /llmctl probe/],
  ["without Redis", { redis: null, proven: null }, /was made without Redis/, /--redis-url/],
  [
    "on another Redis",
    { address: "redis://10.0.0.9:6379/0" },
    /looked at the Redis redis:\/\/10\.0\.0\.9/,
    /--redis-url/,
  ],
] as const)("a run %s is exit 2", async (_what, run, message, hint) => {
  await plant(counter, [9]);
  await recordRun(fixture, rise(0, 3), run);
  expect(await errorOf(fixture.doctor({ ...fixing, fromRun: "last" }, yes))).toMatchObject({
    exit: 2,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

test("a run of another key than the one that is named is exit 2", async () => {
  await redis().set(counter, "3");
  await recordRun(fixture, rise(0, 3));
  for (const key of [other, ownerOfSecret("sk-another-patient"), "*another*"]) {
    expect(await errorOf(fixture.doctor({ ...fixing, fromRun: "last", key }, yes)), key).toMatchObject({
      exit: 2,
      code: "run-of-another-key",
    });
  }
  expect((await fixture.doctor({ ...fixing, fromRun: "last", key: counter }, yes)).exit).toBe(0);
});

test.each([{ olderThan: "15m" }, { idle: true }, { runs: false }])("%j cannot stand beside it", async (flags) => {
  await recordRun(fixture, rise(0, 3));
  expect(await errorOf(fixture.doctor({ ...fixing, fromRun: "last", ...flags }, yes))).toMatchObject({
    exit: 2,
    code: "two-evidences",
  });
});

test("without --fix it shows what would be done, and the line to type names the run", async () => {
  await redis().set(counter, "3");
  await recordRun(fixture, rise(0, 3));
  const { document, exit } = await fixture.doctor({ fromRun: "last" });
  expect(document.repairs).toMatchObject([{ status: "planned" }]);
  expect(document.next[0]).toMatch(/--fix .*--from-run last/);
  expect(exit).toBe(3);
});

test("whatever else is known of a key, with --from-run only a run is evidence", () => {
  fc.assert(
    fc.property(fc.array(anyCounter, { maxLength: 3 }), anyCircumstances, (counters, counterContext) => {
      for (const { evidence, act, counter } of plan(counters, { ...counterContext, provenOnly: true })) {
        expect(evidence.map(({ kind }) => kind)).toEqual(["proven"]);
        if (act.kind !== "release-slots") continue;
        const proved = new Set(counter.proven?.slots.map(({ id }) => id));
        expect(act.members.filter(({ id }) => !proved.has(id))).toEqual([]);
      }
    }),
  );
});

test("a run whose key in Redis holds the secret itself is about the key that was probed, and no other", async () => {
  const secret = "sk-patient-of-the-doctor";
  const path = await recordRun(fixture, { ...rise(0, 3), key: null });
  const text = await readFile(path, "utf8");
  const sha = createHash("sha256").update(secret).digest("hex");
  const [head = "", ...rest] = text.split("\n");
  const header = JSON.parse(head);
  header.redis.key = null;
  header.target.key = sha;
  await writeFile(path, [JSON.stringify(header), ...rest].join("\n"));
  const options = { word: path, stateDir: fixture.stateDir, address: fixture.redis.address };
  expect(await errorOf(runToRepair({ ...options, secret: undefined }))).toMatchObject({ code: "run-key-unknown" });
  expect(await errorOf(runToRepair({ ...options, secret: "sk-another-patient" }))).toMatchObject({
    ...{ exit: 2, code: "run-key-unknown" },
  });
  expect(await runToRepair({ ...options, secret })).toMatchObject({ key: parallelKey(ownerOfSecret(secret)) });
});
