import { fork } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { listBackups, readBackup } from "../../../src/repair/backup.js";
import { readUndoState } from "../../../src/repair/undo.js";
import { counter, fixing, member, openServerFixture, type ServerFixture, yes } from "../../support/doctor-fixture.js";
import { buildDoctor } from "./build.js";

/** A process for each step, on a machine that may be busy with others. */
const PATIENCE_MS = 300_000;
/** More than any of the jobs has; a loop that never ends would be a defect too. */
const MOST_STEPS = 60;
const other = counter.replace("}", "0}");

let fixture: ServerFixture;
let built: string;
const redis = () => fixture.redis.client;

beforeAll(async () => {
  fixture = await openServerFixture();
  built = await buildDoctor();
}, 60_000);
afterAll(async () => {
  await fixture?.close();
  if (built) await rm(built, { recursive: true, force: true });
});

/** A number and a set, both left behind; the doctor frees one and then the other. */
beforeEach(fallIll);
async function fallIll() {
  await rm(fixture.stateDir, { recursive: true, force: true });
  await redis().flushall();
  await redis().set(counter, "3");
  await redis().zadd(other, 1_790_000_000, member(1), 1_790_000_001, member(2));
  await redis().pexpire(other, 3_000_000);
}

const dumps = async () =>
  (await Promise.all([counter, other].map((key) => redis().dumpBuffer(key)))).map((dump) => dump?.toString("base64"));

/** Runs a doctor that dies at step `dieAt`; false when it had ended before. */
async function die(job: "fix" | "undo", dieAt: number): Promise<boolean> {
  const args = [built, JSON.stringify({ url: fixture.server.url, stateDir: fixture.stateDir, job, dieAt })];
  const child = fork(fileURLToPath(new URL("killable-doctor.mjs", import.meta.url)), args, {
    stdio: "inherit",
    execArgv: [],
  });
  const [code, signal] = await once(child, "exit");
  expect(signal ?? code).toBe(signal ? "SIGKILL" : 0);
  return signal !== null;
}

test("killed anywhere in a repair, undo brings every byte back", { timeout: PATIENCE_MS }, async () => {
  let deaths = 0;
  for (let dieAt = 1; ; dieAt++) {
    expect(dieAt).toBeLessThan(MOST_STEPS);
    await fallIll();
    const before = await dumps();
    const died = await die("fix", dieAt);
    const [id] = await listBackups(fixture.stateDir);
    if (id === undefined) expect(await dumps()).toEqual(before);
    else {
      await fixture.undo();
      expect(await dumps(), `killed at step ${dieAt}`).toEqual(before);
      const state = await readUndoState(fixture.stateDir, await readBackup(fixture.stateDir, id));
      expect(state.open).toEqual([]);
    }
    if (!died) break;
    deaths++;
  }
  expect(deaths).toBeGreaterThan(15);
});

test("killed anywhere in a repair, a second doctor completes it", { timeout: PATIENCE_MS }, async () => {
  for (let dieAt = 1; ; dieAt++) {
    expect(dieAt).toBeLessThan(MOST_STEPS);
    await fallIll();
    const died = await die("fix", dieAt);
    const { exit } = await fixture.doctor({ ...fixing, idle: true }, yes);
    expect({ exit, dumps: await dumps() }, `killed at step ${dieAt}`).toEqual({
      exit: 0,
      dumps: [undefined, undefined],
    });
    if (!died) break;
  }
});

test("killed anywhere in an undo, a second undo completes it", { timeout: PATIENCE_MS }, async () => {
  for (let dieAt = 1; ; dieAt++) {
    expect(dieAt).toBeLessThan(MOST_STEPS);
    await fallIll();
    const before = await dumps();
    await fixture.doctor({ ...fixing, idle: true }, yes);
    const died = await die("undo", dieAt);
    await fixture.undo();
    expect(await dumps(), `killed at step ${dieAt}`).toEqual(before);
    if (!died) break;
  }
});
