import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { visit } from "./doctor-session.js";
import { type Truth, World } from "./model.js";
import type { Counts, Hospital } from "./redis-server.js";
import { differs, dueNumber, dueSlots, limitOf } from "./rules.js";
import type { Lane } from "./runner.js";
import { recordRuns } from "./runs.js";
import type { Phase, Story } from "./scenario.js";
import { look, namesIn, type Seen } from "./snapshot.js";

const QUIET_FIX: Phase = { act: "fix", observe: "enough", events: [], blow: null, atMost: null, only: null };
const QUIET_UNDO: Phase = { ...QUIET_FIX, act: "undo", observe: "not at all" };

/** Plays one history and throws what was wrong in it. */
export async function play(lane: Lane, story: Story, counts: Counts): Promise<void> {
  await lane.empty();
  const stateDir = await mkdtemp(join(tmpdir(), "llmctl-history-"));
  const world = new World(() => lane.admin, story);
  const hospital: Hospital = { lane, world, story, stateDir, taken: new Map(), wrong: [], counts, doubts: new Map() };
  counts.histories++;
  try {
    await inTime(enact(hospital), JSON.stringify(story));
  } finally {
    counts.callsEnded += world.callsEnded;
    counts.keysOfOthers += world.keys.filter(({ plan }) => plan.whose !== "ours").length;
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** A doctor that never ends is a defect too. */
const PATIENCE_MS = 90_000;

async function inTime(work: Promise<void>, what: string): Promise<void> {
  const late = new AbortController();
  const alarm = sleep(PATIENCE_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`it did not end in ${PATIENCE_MS / 1000} s: ${what}`);
  });
  alarm.catch(() => undefined);
  try {
    await Promise.race([work, alarm]);
  } finally {
    late.abort();
  }
}

async function enact(hospital: Hospital): Promise<void> {
  const { lane, world, story } = hospital;
  await world.plant();
  await recordRuns(hospital);
  for (const phase of story.phases) {
    const restarts = phase.blow?.kind.startsWith("restart") ?? false;
    if (restarts) await lane.keep(story.keeps);
    await visit(hospital, phase);
    await compare(hospital, `after a ${phase.act} under fire`);
    if (restarts) await lane.keepNothing();
  }
  await endQuietly(hospital);
}

/** Nobody disturbs: all that has evidence goes, nothing else; a second doctor finds nothing; undo brings every byte back. */
async function endQuietly(hospital: Hospital): Promise<void> {
  const { lane, world, story, wrong } = hospital;
  const names = world.keys.map(({ name }) => name);
  // Calls of counters that a doctor may watch come to their end, for they would in a long watch; the others last on.
  world.frozen = true;
  const ends = ({ value, plan, endless, mayChange }: Truth) =>
    endless || Number(value) >= plan.limit || limitOf({ plan }, story) === null || (story.idle && mayChange);
  await world.endCalls(world.keys.filter(ends));
  // Within a script TIME may be later than what PTTL goes by, so time is taken out here, around both looks.
  const since = performance.now();
  const before = await look(lane.admin, names);
  const due = world.keys.map((truth) => dueOf(truth, story, (before.get(truth.name) as Seen).atMs));
  const clockBorder = new Set(world.keys.filter((truth) => isNearAge(truth, story, before)).map(({ name }) => name));

  const was = world.keys.map(leftOf);
  const wasPlanned = world.keys.map(({ planned }) => planned);

  const first = await visit(hospital, QUIET_FIX);
  await compare(hospital, "after a fix in peace");
  // This machine stood still for longer than a lock lasts: nothing was wrong, and nothing more can be asked of this doctor.
  if (first.rows.some(({ reason }) => reason.startsWith("the lock was lost"))) {
    hospital.counts.stalled++;
    return;
  }
  const rowOf = (name: string) =>
    JSON.stringify(first.rows.find(({ key }) => key === name) ?? hospital.doubts.get(name));
  for (const [at, truth] of world.keys.entries()) {
    const left = leftOf(truth);
    // A proof of a number is spent by the repair that it led to, and is not when that was refused or undone.
    const spent = truth.rise !== null && wasPlanned[at] && left === was[at];
    if (left !== due[at] && !spent && !clockBorder.has(truth.name))
      wrong.push(`in peace ${truth.name} should be left ${due[at]}, and is ${left}: ${rowOf(truth.name)}`);
  }
  fail(hospital);

  const second = await visit(hospital, QUIET_FIX);
  const again = second.rows.filter(({ key }) => !clockBorder.has(key));
  if (again.length > 0) wrong.push(`a second doctor repaired ${JSON.stringify(again)}`);
  fail(hospital);

  for (const { rows, backupId } of [second, first]) {
    if (backupId !== null && rows.length > 0) await undoInPeace(hospital, backupId);
  }
  const after = await look(lane.admin, names);
  const elapsed = Math.ceil(performance.now() - since);
  for (const truth of world.keys) {
    const [was, is] = [before.get(truth.name) as Seen, after.get(truth.name) as Seen];
    if (was.dump !== is.dump) wrong.push(`undo left ${truth.name} other than it was`);
    const renewed = truth.plan.plan.shape === "windowed" && truth.plan.plan.retried;
    const rightTtl = was.pttl < 0 ? was.pttl === is.pttl : is.pttl <= was.pttl && is.pttl >= was.pttl - elapsed - 1;
    if (!rightTtl && !renewed)
      wrong.push(`undo left ${truth.name} with ${is.pttl} ms to live, ${elapsed} ms after ${was.pttl}`);
  }
  fail(hospital);
}

async function undoInPeace(hospital: Hospital, backupId: string): Promise<void> {
  const { rows } = await visit(hospital, QUIET_UNDO, { backup: backupId });
  const not = rows.filter(({ status }) => status !== "done");
  if (not.length > 0) hospital.wrong.push(`in peace undo refused ${JSON.stringify(not)}`);
  await compare(hospital, "after an undo in peace");
}

function dueOf(truth: Truth, story: Story, now: number): string {
  if (truth.type === "string") return dueNumber(truth, story, now) ?? "gone";
  if (truth.type !== "zset") return leftOf(truth);
  const dead = dueSlots(truth, story, now);
  const rest = [...truth.members.keys()].filter((id) => !dead.has(id)).sort();
  return rest.length === 0 ? "gone" : rest.join(" ");
}

function leftOf({ type, value, members }: Truth): string {
  if (type === "none") return "gone";
  return type === "zset" ? [...members.keys()].sort().join(" ") : value;
}

/** A slot that comes of age while we look may be freed now or by the next doctor. */
function isNearAge({ members, name }: Truth, { olderThanS }: Story, before: ReadonlyMap<string, Seen>): boolean {
  const now = before.get(name)?.atMs ?? 0;
  const left = [...members.values()].map((score) => (olderThanS ?? Number.NaN) * 1000 - (now - score * 1000));
  return left.some((ms) => ms > 0 && ms < 60_000);
}

async function compare(hospital: Hospital, when: string): Promise<void> {
  const { lane, world, wrong } = hospital;
  const seen = await look(
    lane.admin,
    world.keys.map(({ name }) => name),
  );
  for (const truth of world.keys) {
    const difference = differs(truth, seen.get(truth.name) as Seen);
    if (difference) wrong.push(`${when}: ${difference}`);
  }
  const expected = world.keys.filter(({ type }) => type !== "none").map(({ name }) => name);
  const extra = (await namesIn(lane.admin)).filter((name) => !expected.includes(name));
  if (extra.length > 0) wrong.push(`${when} there are keys that nobody made: ${extra}`);
  fail(hospital);
}

function fail({ wrong }: Hospital): void {
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}
