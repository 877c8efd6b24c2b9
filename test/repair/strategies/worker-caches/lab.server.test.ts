import { describe, expect, test } from "vitest";
import type { LabOptions } from "../../../../src/lab/proxy.js";
import { probe } from "../../../../src/probe/command.js";
import { openRefreshes } from "../../../../src/repair/strategies/worker-caches/journal.js";
import { errorOf } from "../../../support/keys-session.js";
import { understand } from "../../../support/program.js";
import { fixture, killed, type RefreshFixture } from "./fixture.js";

const leaky: LabOptions = { sick: "responses-never-release" };
const yes = { yes: true };
const wanted = ({ keyFile }: RefreshFixture, workers = "1") => ({ refreshMirrors: true, keyFile, workers });
const checkOf = ({ document }: Awaited<ReturnType<RefreshFixture["doctor"]>>) =>
  document.checks.find(({ id }) => id === "mirrors");

describe("--refresh-mirrors", () => {
  test("frees the only worker, and the limit is as before", async () => {
    const here = await fixture(leaky);
    await here.spoil(here.connect());
    const { document, exit, stderr } = await here.doctor(wanted(here), yes);
    expect(exit).toBe(0);
    expect(document.checks).toMatchObject([{ id: "mirrors", status: "pass", findings: [{ key: here.name }] }]);
    expect(document.repairs).toMatchObject([
      { status: "done", key: here.name, action: expect.stringMatching(/from 3 to 4/) },
    ]);
    expect(stderr).toMatch(/sends about 21 and at most \d+ calls[\s\S]*tokens in all/);
    expect(here.limit()).toBe(3);
    expect(await here.connect().calls(3, "chat")).toEqual([200, 200, 200]);
    expect(await openRefreshes(here.stateDir)).toEqual([]);
  });

  test.each(["1.95.0", "1.109.1"])(
    "frees both of two workers of %s, though a change of a key binds late in one",
    async (version) => {
      const here = await fixture({ ...leaky, version, workers: 2 });
      const [first, second] = [here.connect(), here.connect()];
      for (const one of [first, second]) {
        if (version === "1.95.0") await here.spoil(one);
        else await stick(here, one);
      }
      const started = performance.now();
      expect(await here.doctor(wanted(here, "2"), yes)).toMatchObject({ exit: 0 });
      expect(performance.now() - started).toBeLessThan(30_000);
      expect([await first.call("chat"), await second.call("chat")]).toEqual([200, 200]);
      expect(here.limit()).toBe(3);
    },
  );

  test("raises nothing where no worker refuses", async () => {
    const here = await fixture(leaky);
    const { exit, document } = await here.doctor(wanted(here), yes);
    expect({ exit, checks: document.checks, repairs: document.repairs }).toMatchObject({
      exit: 0,
      checks: [{ status: "pass", detail: expect.stringMatching(/no worker refuses/) }],
      repairs: [],
    });
  });

  test("a dry run says what it would do and what it costs, and sends nothing", async () => {
    const here = await fixture(leaky);
    await here.spoil(here.connect());
    const before = here.lab.stats().seen;
    const { exit, document, stderr } = await here.doctor(wanted(here), { dryRun: true });
    expect(exit).toBe(3);
    expect(document.repairs).toMatchObject([{ status: "planned" }]);
    expect(stderr).toMatch(/raise the limit to 4[\s\S]*at most \d+ calls/);
    expect(here.lab.stats().seen).toBe(before);
    expect(await here.connect().call("chat")).toBe(429);
  });

  test("says beforehand that the key's requests a minute do not suffice, and sets the limit back when they run out", async () => {
    const here = await fixture({ ...leaky, rpm: 9 });
    await here.spoil(here.connect());
    const on = here.session(yes);
    expect(await errorOf(here.doctor(wanted(here), yes, on))).toMatchObject({ exit: 5, code: "other-limit" });
    expect(on.stderr()).toMatch(/careful: the key may make 9 requests a minute/);
    expect(here.limit()).toBe(3);
  });

  test("without a terminal it wants --yes", async () => {
    const here = await fixture(leaky);
    expect(await errorOf(here.doctor(wanted(here)))).toMatchObject({ exit: 2, hint: expect.stringMatching(/--yes/) });
  });

  test("a limit that was higher in the last hour has to be named", async () => {
    const here = await fixture({ ...leaky, limit: 5 });
    const worker = here.connect();
    for (let calls = 0; calls < 5; calls++) await worker.call("responses", { model: "claude-lab" });
    await here.redis.del(here.name);
    Object.assign(here.lab.keys.find(here.lab.key) ?? {}, { max_parallel_requests: 3 });
    const unknown = await here.doctor(wanted(here), yes);
    expect(unknown).toMatchObject({
      exit: 3,
      document: { repairs: [{ reason: expect.stringMatching(/--highest-limit/) }] },
    });
    expect(here.limit()).toBe(3);
    expect(await here.doctor({ ...wanted(here), highestLimit: "5" }, yes)).toMatchObject({ exit: 0 });
    expect(here.limit()).toBe(3);
  });

  test("waits for a call in flight before it raises", async () => {
    const here = await fixture({ ...leaky, workers: 2 });
    const [first, second] = [here.connect(), here.connect()];
    await here.spoil(first);
    let raisedBeside = false;
    const live = second.call("chat", { words: "wait=2500" });
    await expect.poll(() => here.redis.zcard(here.name)).toBe(1);
    const timer = setInterval(() => {
      raisedBeside ||= here.limit() === 4 && here.lab.stats().inFlight > 1;
    }, 5);
    expect(await here.doctor(wanted(here, "2"), yes)).toMatchObject({ exit: 0 });
    clearInterval(timer);
    expect(raisedBeside).toBe(false);
    expect(await live).toBe(200);
  });

  test("up to 1.93 one worker is freed at once", async () => {
    const here = await fixture({ sick: "messages-never-release" });
    const worker = here.connect();
    expect(await worker.calls(7, "messages")).toEqual([200, 200, 200, 429, 429, 429, 429]);
    await here.redis.del(here.name);
    expect(await worker.call("messages")).toBe(429);
    expect(await here.doctor(wanted(here), yes)).toMatchObject({ exit: 0 });
    expect(await worker.call("messages")).toBe(200);
    expect(here.limit()).toBe(3);
  });

  test.each([
    [{ workers: "1" }, /--key-file/],
    [{ keyFile: "key.txt" }, /--workers/],
    [{ keyFile: "key.txt", workers: "1", fix: true }, /two steps/],
  ])("%j is exit 2", async (flags, said) => {
    const here = await fixture(leaky);
    const error = await errorOf(here.doctor({ refreshMirrors: true, ...flags }, yes));
    expect(error).toMatchObject({ exit: 2 });
    expect(`${error.message} ${error.hint}`).toMatch(said);
  });

  test("a key without a limit, and the wrong Redis, are exit 2", async () => {
    const free = await fixture({ ...leaky, limit: null });
    expect(await errorOf(free.doctor(wanted(free), yes))).toMatchObject({ exit: 2, code: "no-limit" });
    const [here, there] = [await fixture(leaky), await fixture(leaky)];
    const elsewhere = { ...yes, redis: there.session().context.settings.redis as never };
    expect(await errorOf(here.doctor(wanted(here), elsewhere))).toMatchObject({ exit: 2, code: "other-redis" });
  });
});

test("a counter of another generation is refused before anything is raised: each worker counts alone in it", async () => {
  const here = await fixture(leaky);
  await here.redis.set(here.name, "3");
  expect(await errorOf(here.doctor(wanted(here), yes))).toMatchObject({ exit: 2, code: "wrong-type" });
  expect(here.limit()).toBe(3);
  expect(await here.redis.get(here.name)).toBe("3");
});

describe("a refresh that is interrupted", () => {
  test("by Ctrl-C while the limit is raised: it is back, and the exit 130", async () => {
    const here = await fixture(leaky);
    await here.spoil(here.connect());
    const on = here.session(yes);
    const timer = setInterval(() => here.limit() === 4 && on.interrupt(), 1);
    const error = await errorOf(here.doctor(wanted(here), yes, on));
    clearInterval(timer);
    expect(error).toMatchObject({ exit: 130, message: expect.stringMatching(/as it was before/) });
    expect(here.limit()).toBe(3);
    expect(await openRefreshes(here.stateDir)).toEqual([]);
  });

  test("the next doctor says so, with the line to type, and exit 3", async () => {
    const here = await killed(leaky);
    const visit = await here.doctor();
    expect(visit.exit).toBe(3);
    expect(checkOf(visit)).toMatchObject({
      status: "fail",
      findings: [
        {
          text: expect.stringMatching(/a refresh was interrupted .* limit of lab is 4, and was 3/),
          evidence: [`restore: llmctl keys update ${here.hash} --mpr 3`],
        },
      ],
    });
    expect(here.limit()).toBe(4);
  });

  test("undo sets the limit back; a second undo finds nothing of it", async () => {
    const here = await killed(leaky);
    expect(await here.undo({ dryRun: true })).toMatchObject({
      exit: 3,
      document: { repairs: [{ status: "planned" }] },
    });
    expect(here.limit()).toBe(4);
    expect(await here.undo()).toMatchObject({ exit: 0, document: { repairs: [{ status: "done" }] } });
    expect(here.limit()).toBe(3);
    expect(await errorOf(here.undo())).toMatchObject({ code: "no-backup" });
    expect(checkOf(await here.doctor())).toMatchObject({ status: "pass" });
  });

  test("a second refresh takes the limit of before for the key's own", async () => {
    const here = await killed(leaky);
    const { exit, stderr } = await here.doctor(wanted(here), yes);
    expect(exit).toBe(0);
    expect(stderr).toMatch(/a refresh was interrupted/);
    expect(here.limit()).toBe(3);
    expect(await openRefreshes(here.stateDir)).toEqual([]);
  });

  test("a limit that somebody has set by hand since is left alone, and nobody is told", async () => {
    const here = await killed(leaky);
    Object.assign(here.lab.keys.find(here.lab.key) ?? {}, { max_parallel_requests: 7 });
    expect(checkOf(await here.doctor())?.status).toBe("pass");
    expect(await here.undo()).toMatchObject({
      document: { repairs: [{ reason: expect.stringMatching(/another limit/) }] },
    });
    expect(here.limit()).toBe(7);
  });
});

describe("doctor without it", () => {
  test("finds by one call of --try-key that the key is refused though Redis has room", async () => {
    const here = await fixture(leaky);
    await here.spoil(here.connect());
    const visit = await here.doctor({ tryKey: true, keyFile: here.keyFile });
    expect(visit.exit).toBe(3);
    expect(checkOf(visit)).toMatchObject({
      status: "fail",
      advice: expect.stringMatching(/--refresh-mirrors/),
      findings: [
        {
          key: here.name,
          text: expect.stringMatching(/Redis holds 0 of 3.*an hour/),
          evidence: [expect.stringMatching(/refused while Redis held 0 of 3/)],
        },
      ],
    });
    expect(visit.stderr).toMatch(/one call of \/v1\/chat\/completions/);
  });

  test("finds it in a recorded run too, until a refresh has come after it", async () => {
    const here = await fixture(leaky);
    await here.spoil(here.connect());
    const on = here.session();
    await probe(
      on.context,
      "chat",
      understand(["probe", "--key-file", here.keyFile, "--settle", "2s", "--exclusive"]).flags as never,
    );
    const [finding] = checkOf(await here.doctor())?.findings ?? [];
    expect(finding).toMatchObject({
      key: here.name,
      evidence: [expect.stringMatching(/^run .* was refused while Redis had room/)],
    });
    expect(checkOf(await here.doctor({ runs: false }))?.status).toBe("pass");
    expect(checkOf(await here.doctor({ key: "0".repeat(64) }))?.status).toBe("pass");
    expect(await here.doctor(wanted(here), yes)).toMatchObject({ exit: 0 });
    expect(checkOf(await here.doctor())?.status).toBe("pass");
  });

  test("makes no call unless it is asked to, in a dry run, or while Redis shows the key full", async () => {
    const here = await fixture(leaky);
    const worker = here.connect();
    for (let calls = 0; calls < 3; calls++) await worker.call("responses", { model: "claude-lab" });
    const seen = here.lab.stats().seen;
    await here.doctor({ keyFile: here.keyFile });
    await here.doctor({ tryKey: true, keyFile: here.keyFile }, { dryRun: true });
    await here.doctor({ tryKey: true, keyFile: here.keyFile });
    expect(here.lab.stats().seen).toBe(seen);
  });

  test("says that a call was let in; and once Redis is repaired, that a worker goes on refusing", async () => {
    const here = await fixture(leaky);
    expect(checkOf(await here.doctor({ tryKey: true, keyFile: here.keyFile }))).toMatchObject({
      status: "pass",
      detail: expect.stringMatching(/one call was let in/),
    });
    const worker = here.connect();
    for (let calls = 0; calls < 3; calls++) await worker.call("responses", { model: "claude-lab" });
    const fixed = await here.doctor({ fix: true, idle: true, tryKey: true, keyFile: here.keyFile }, yes);
    expect(fixed.document.repairs).toMatchObject([{ status: "done" }]);
    expect(checkOf(fixed)).toMatchObject({ status: "fail" });
    expect(fixed.exit).toBe(3);
  });

  test("a call that fails tells nothing, and is no finding", async () => {
    const here = await fixture(leaky);
    const visit = await here.doctor({ tryKey: true, keyFile: here.keyFile, model: "no-such-model" });
    expect(checkOf(visit)).toMatchObject({ status: "pass", detail: expect.stringMatching(/no such|no model|failed/i) });
  });
});

/** A worker that refuses from memory without a leak: it ended a call while others' slots filled the key. */
async function stick(here: RefreshFixture, worker: ReturnType<RefreshFixture["connect"]>): Promise<void> {
  const call = worker.call("chat", { words: "wait=300" });
  await expect.poll(() => here.redis.zcard(here.name)).toBe(1);
  const now = Math.floor(Date.now() / 1000);
  await here.redis.zadd(here.name, ...["a", "b", "c"].flatMap((id) => [now, id.repeat(32)]));
  await call;
  await here.redis.del(here.name);
  expect(await worker.call("chat")).toBe(429);
}
