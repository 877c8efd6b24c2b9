import { execFileSync } from "node:child_process";
import { appendFile, chmod, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { unexplainedRejections } from "../../../../src/diagnose/worker-caches/unexplained-rejections.js";
import { highestKnown } from "../../../../src/repair/strategies/worker-caches/highest-known-limit.js";
import {
  completeRefreshes,
  interruptedRefreshes,
  refreshesToComplete,
} from "../../../../src/repair/strategies/worker-caches/interrupted.js";
import {
  endedRefreshes,
  newJournal,
  openRefreshes,
  underLock,
} from "../../../../src/repair/strategies/worker-caches/journal.js";
import { runsDir } from "../../../../src/runs/reader.js";
import { call, reading, refused } from "../../../support/events.js";
import { errorOf, session } from "../../../support/keys-session.js";
import { HEALTHY, header, KEY, run, write } from "../../../support/run-records.js";

const NOW = Date.parse("2026-11-23T09:30:00.000Z");
const HOUR = 3_600_000;

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-state-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const raise = { baseUrl: "http://gateway.internal:4000", key: KEY, alias: "team-a", from: 3, to: 4 };

test("a raise is open until its end is written, also behind a line that a kill has torn", async () => {
  const dir = await folder();
  const journal = newJournal(dir, () => NOW, raise);
  await journal.raising();
  const open = [{ ...raise, at: new Date(NOW).toISOString() }];
  expect(await openRefreshes(dir)).toMatchObject(open);
  const [name = ""] = await readdir(join(dir, "refreshes"));
  const path = join(dir, "refreshes", name);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await appendFile(path, '{"step":"res');
  expect(await openRefreshes(dir)).toMatchObject(open);
  await journal.restored();
  expect(await openRefreshes(dir)).toEqual([]);
  expect(await endedRefreshes(dir)).toEqual(new Map([[KEY, NOW]]));
});

test("a raise is at its end too when somebody else has set another limit", async () => {
  const dir = await folder();
  const journal = newJournal(dir, () => NOW, raise);
  await journal.raising();
  await journal.left("the limit was set by others to 7");
  expect(await openRefreshes(dir)).toEqual([]);
});

test("once the lock is lost no limit is raised, and none is said to have been; the way back stays open", async () => {
  const dir = await folder();
  let held = true;
  const journal = underLock(
    { held: () => held },
    newJournal(dir, () => NOW, raise),
  );
  await journal.raising();
  held = false;
  await journal.restored();
  expect(await errorOf(journal.raising())).toMatchObject({ exit: 5, code: "lock-lost" });
  expect(await openRefreshes(dir)).toEqual([]);
});

test("of interrupted refreshes those count that are of this proxy, and whose raised limit still stands", async () => {
  const dir = await folder();
  await newJournal(dir, () => NOW, raise).raising();
  const count = async (baseUrl: string | undefined, limit?: number) => {
    const { context } = session({ stateDir: dir, ...(baseUrl ? { baseUrl } : {}) });
    const limitOf = limit === undefined ? null : (key: string) => (key === KEY ? limit : null);
    return (await interruptedRefreshes(context, limitOf)).length;
  };
  expect(await count(undefined)).toBe(1);
  expect(await count(raise.baseUrl)).toBe(1);
  expect(await count("http://another.internal:4000")).toBe(0);
  expect(await count(raise.baseUrl, 4)).toBe(1);
  expect(await count(raise.baseUrl, 7)).toBe(0);
});

test("undo completes only refreshes at the proxy that was named, and asks for it when none was", async () => {
  const dir = await folder();
  await newJournal(dir, () => NOW, raise).raising();
  const none = session({ stateDir: dir });
  expect(await errorOf(refreshesToComplete(none.context))).toMatchObject({
    ...{ exit: 2, code: "no-base-url", message: expect.stringContaining(raise.baseUrl) },
    hint: expect.stringContaining(`llmctl doctor undo --base-url ${raise.baseUrl}`),
  });
  const other = session({ stateDir: dir, baseUrl: "http://another.internal:4000" });
  expect(await refreshesToComplete(other.context)).toEqual([]);
  expect(other.stderr()).toMatch(/was at http:\/\/gateway\.internal:4000, which is not the proxy that was named/);
  expect(await refreshesToComplete(session({ stateDir: dir, baseUrl: raise.baseUrl }).context)).toHaveLength(1);
  const [one] = await openRefreshes(dir);
  const wrong = completeRefreshes(other.context, one ? [one] : []);
  await expect(wrong).rejects.toThrow(/is not to be completed at/);
});

test("an address in a journal adds nothing to the line to type", async () => {
  const dir = await folder();
  await newJournal(dir, () => NOW, { ...raise, baseUrl: "http://a; rm -rf $HOME" }).raising();
  const { hint } = await errorOf(refreshesToComplete(session({ stateDir: dir }).context));
  expect(hint).toContain("--base-url 'http://a; rm -rf $HOME'");
});

test("a raise of something that is no key's hash is none", async () => {
  const dir = await folder();
  await newJournal(dir, () => NOW, { ...raise, key: "$(reboot)" }).raising();
  expect(await openRefreshes(dir)).toEqual([]);
});

test("a journal that others could have written is refused by undo, and passed over by those who look", async () => {
  const dir = await folder();
  await newJournal(dir, () => NOW, raise).raising();
  const [name = ""] = await readdir(join(dir, "refreshes"));
  const path = join(dir, "refreshes", name);
  await chmod(path, 0o666);
  const here = session({ stateDir: dir, baseUrl: raise.baseUrl });
  expect(await errorOf(refreshesToComplete(here.context))).toMatchObject({ exit: 2, hint: `chmod go-w ${path}` });
  for (let looks = 0; looks < 2; looks++) expect(await interruptedRefreshes(here.context)).toEqual([]);
  expect(here.stderr().match(/not looked at: /g)).toHaveLength(1);
  await chmod(path, 0o600);
  execFileSync("mkfifo", [join(dir, "refreshes", "pipe.ndjson")]);
  expect(await interruptedRefreshes(here.context)).toHaveLength(1);
  await chmod(join(dir, "refreshes"), 0o777);
  expect(await interruptedRefreshes(here.context)).toEqual([]);
  expect(await errorOf(refreshesToComplete(here.context))).toMatchObject({ exit: 2, code: "distrusted-journal" });
});

test("a state folder without refreshes has none", async () => {
  const dir = await folder();
  expect([await openRefreshes(dir), [...(await endedRefreshes(dir))]]).toEqual([[], []]);
});

test("the highest known limit is that of runs and refreshes of this key in the last hour, or the one of now", async () => {
  const dir = await folder();
  const highest = (limit: number, wallMs = NOW) =>
    highestKnown(session({ stateDir: dir }).context, KEY, { limit, wallMs });
  expect(await highest(3)).toBe(3);
  await write(join(runsDir(dir), "one.ndjson"), header("one", { limit: { value: 8, source: "key-info" } }), HEALTHY);
  const others = { ...header("two").target, key: "b".repeat(64) };
  await write(
    join(runsDir(dir), "two.ndjson"),
    header("two", { target: others, limit: { value: 99, source: "flag" } }),
    HEALTHY,
  );
  expect(await highest(3)).toBe(8);
  expect(await highest(10)).toBe(10);
  let now = NOW - 30_000;
  const journal = newJournal(dir, () => now, { ...raise, to: 9 });
  await journal.raising();
  // A refresh is over in a moment, and makes one call at a time.
  expect(await highest(3)).toBe(8);
  expect(await highest(3, NOW + 10 * 60_000)).toBe(9);
  now = NOW + 20 * 60_000;
  await journal.restored();
  expect(await highest(3, NOW + HOUR)).toBe(9);
  expect(await highest(3, NOW + 2 * HOUR)).toBe(3);
});

const address = header("any").redis?.address ?? "";
/** Refused twice while Redis was seen to hold nothing. */
const lonely = [
  reading(0),
  call(1, 100, 190),
  reading(150, ["a"]),
  reading(5990),
  refused(2, 6000, 6020),
  reading(6030),
  reading(8990),
  refused(3, 9000, 9020),
  reading(9030),
];
const nobody = new Map<string, number>();

test("a run whose calls were refused while Redis had room is evidence; a newer healthy one takes it back", () => {
  const sick = run(header("sick"), lonely);
  expect(unexplainedRejections([sick], address, nobody)).toMatchObject([{ owner: KEY, run: "sick", limit: 3 }]);
  expect(unexplainedRejections([run(header("well"), HEALTHY), sick], address, nobody)).toEqual([]);
});

test("it is none of another Redis, of a run that was killed, or of before a refresh", () => {
  const sick = run(header("sick"), lonely);
  expect(unexplainedRejections([sick], "redis://elsewhere:6379/0", nobody)).toEqual([]);
  expect(unexplainedRejections([run(header("sick"), lonely, false)], address, nobody)).toEqual([]);
  expect(unexplainedRejections([sick], address, new Map([[KEY, NOW]]))).toEqual([]);
});

test("refusals that the calls alone tell of are none: nobody saw what Redis held", () => {
  const alone = run(header("alone", { redis: null }), [call(1, 0, 10), refused(2, 5000, 5010), refused(3, 9000, 9010)]);
  expect(unexplainedRejections([alone], address, nobody)).toEqual([]);
});

test("one refusal that nothing repeated is none: a call of somebody else looks the same", () => {
  const moment = [reading(0), call(1, 100, 190), reading(150, ["a"]), reading(200), refused(2, 210, 220), reading(230)];
  const later = [reading(2300), call(3, 2310, 2400), reading(2500)];
  const once = run(header("once"), [...moment, ...later]);
  expect(once.end?.verdict).toMatchObject({ status: "inconclusive", findings: [{ kind: "false-rejection" }] });
  expect(unexplainedRejections([once], address, nobody)).toEqual([]);
});
