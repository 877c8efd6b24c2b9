import { setTimeout as pause } from "node:timers/promises";
import { parseRedisUrl } from "../../../src/config/redis-url.js";
import { MAX_GAP_MS } from "../../../src/diagnose/sampling/summary.js";
import { EXIT, LlmctlError } from "../../../src/errors.js";
import type { Repair } from "../../../src/output/documents/doctor.js";
import { connectRedis } from "../../../src/redis/connect.js";
import { takeLock } from "../../../src/repair/lock.js";
import { type Desk, deskOf, observeMsIn } from "./context.js";
import { type Call, intercept } from "./intercepted.js";
import { Judge } from "./oracle.js";
import type { Hospital } from "./redis-server.js";
import { isRetried } from "./rules.js";
import type { Phase } from "./scenario.js";
import { fix, undo } from "./work.js";

/** Of release-counter's words the time at which a watched counter may have expired. */
const UNTIL = 2 + 4 + 7;
const LOCK = ["leases", "meta", "waiters", "turns"].map((part) => `llmctl:{doctor}:${part}`);

/** Samples further apart are two observations. The rest of the gap is for what happens between them. */
const LONG_STEP_MS = MAX_GAP_MS - 300;

/** What came of a visit. */
export interface Result {
  readonly rows: readonly Repair[];
  /** Null: nothing was planned, or the doctor did not live to tell. */
  readonly backupId: string | null;
}

interface Extra {
  /** In the middle of another one. */
  readonly nested?: boolean;
  /** What to undo; the newest when left out. */
  readonly backup?: string;
}

const NOTHING: Result = { rows: [], backupId: null };

/**
 * One doctor from its lock to its end, with what happens between any two of its commands. What it did wrong is in `hospital.wrong`; how its Redis, its operator and its rivals ended it is no fault of its own.
 */
export async function visit(hospital: Hospital, phase: Phase, { nested = false, backup }: Extra = {}): Promise<Result> {
  const { lane, world, counts, story } = hospital;
  counts.doctors++;
  if (!nested) world.visit++;
  if (!nested) await lane.admin.del(...LOCK);
  const judge = new Judge(hospital);
  const operator = new AbortController();
  const events = [...phase.events];
  const saved = structuredClone(world.keys);
  let step = 0;
  let next = events[0]?.after ?? 0;
  let clean = true;
  let over = false;
  let die: () => void = () => undefined;
  if (story.idle) await world.endCalls(world.keys.filter(({ mayChange }) => mayChange));
  const death = new Promise<Result>((resolve) => {
    die = () => resolve(NOTHING);
  });

  const tick = async (atHand?: string) => {
    step++;
    // What it had sent when it gave up is not for the next one to meet.
    if (over) return;
    await world.endCalls();
    while (events[0] && next-- <= 0) {
      await world.happen(events[0], atHand);
      counts.events++;
      events.shift();
      next = events[0]?.after ?? 0;
    }
  };
  const restart = async () => {
    counts.restarts++;
    clean = false;
    const names = world.keys;
    await lane.restart(story.keeps);
    if (story.keeps === "a snapshot")
      world.keys = saved.map((key, at) => ({ ...key, planned: names[at]?.planned ?? false }));
  };
  const around = async (call: Call, send: () => Promise<unknown>): Promise<unknown> => {
    await tick(call.key);
    const blow = phase.blow?.at === step ? phase.blow.kind : undefined;
    if (blow === "killed") {
      counts.killed++;
      clean = false;
      judge.lost(call);
      die();
      return new Promise(() => undefined);
    }
    if (blow === "interrupted") {
      counts.interrupted++;
      operator.abort("SIGINT");
    }
    if (blow === "second doctor" || blow === "usurper") await rival(blow);
    if (blow === "restart") await restart();
    const before = world.event;
    if (call.what === "release-counter") await ahead(call);
    const reply = await send().catch((error: unknown) => {
      if (isGone(error)) judge.lost(call);
      throw error;
    });
    const sampled =
      call.what === "sample" ? world.sampled(call.key as string, reply as [string, number, number]) : null;
    judge.looked(call, before, sampled);
    await judge.after(call);
    if (blow === "restart, reply lost") {
      await restart();
      throw new Error("Connection is closed.");
    }
    return reply;
  };
  /** What a watch has said of the world's clock is compared with Redis' own: only there it could have run out by now. */
  const ahead = async ({ words }: Call) => {
    if (Number(words[1]) > 1 && Number(words[UNTIL]) > 0 && (await world.clock()) >= Number(words[UNTIL]))
      words[UNTIL] = 1;
  };
  const rival = async (kind: "second doctor" | "usurper") => {
    const other: Phase = { ...phase, act: "fix", observe: "not at all", events: [], blow: null };
    if (kind === "second doctor") {
      counts.secondDoctors++;
      const { rows } = await visit(hospital, other, { nested: true });
      if (rows.length > 0) hospital.wrong.push("a second doctor repaired while the first had the lock");
      return;
    }
    // The lock runs out while its holder's machine stands still.
    counts.usurpers++;
    clean = false;
    await lane.admin.del(...LOCK);
    judge.overtaken = true;
    await visit(hospital, other, { nested: true });
  };
  /** The machine is slow, so that an observation has few samples, each just in time. A retrying client takes the place of a call that ends. */
  const sleep = async (ms: number) => {
    await tick();
    const refused = world.keys.filter((truth) => isRetried(truth) && Number(truth.value) >= truth.plan.limit);
    world.aheadMs += Math.max(ms, Math.min(LONG_STEP_MS, observeMsIn(phase, story) / 6));
    await world.endCalls();
    counts.retries += refused.length;
    for (const truth of refused) await world.happen({ key: world.keys.indexOf(truth), what: "attempt", n: 0 });
    await pause(1);
  };

  const plain = await connectRedis(parseRedisUrl(lane.url, "url"), { timeoutMs: 30_000 });
  const { redis, cutCopies, drained } = intercept(plain, around);
  const desk: Desk = deskOf(hospital, { redis, sleep, signal: operator.signal, phase });
  const lock = async () => {
    const taken = await takeLock(redis);
    const release = async () => {
      if (clean) await taken.release();
    };
    return { ...taken, release };
  };
  const work = (): Promise<Result> => (phase.act === "fix" ? fix(desk, lock) : undo(desk, lock, backup));
  try {
    const working = work();
    working.catch(() => undefined);
    const result = await Promise.race([working, death]);
    checkRows(hospital, result.rows, judge, clean);
    checkChoice(hospital, phase, judge);
    return result;
  } catch (error) {
    if (!isExcused(error, phase, nested)) throw error;
    return NOTHING;
  } finally {
    over = true;
    cutCopies();
    await plain.close();
    await Promise.race([drained(), death]);
  }
}

function checkRows({ wrong, counts }: Hospital, rows: readonly Repair[], { changed }: Judge, clean: boolean): void {
  for (const { key, status, reason, action } of rows) {
    if (status === "done") counts[action.startsWith("undo") ? "putBack" : "repairsDone"]++;
    if (status === "refused") counts.repairsRefused++;
    if (status === "failed") counts.repairsFailed++;
    if (!clean || action.startsWith("undo")) continue;
    if (status === "done" && !changed.has(key)) wrong.push(`${key} is said to be repaired and is as it was`);
    if (status !== "done" && changed.has(key)) wrong.push(`${key} is said to be ${status} (${reason}) and was changed`);
  }
}

/** What was not asked for is left alone. */
function checkChoice({ wrong, world }: Hospital, { act, atMost, only }: Phase, { changed }: Judge): void {
  if (act === "undo") return;
  if (atMost !== null && changed.size > atMost)
    wrong.push(`${changed.size} keys were changed with --max-repairs ${atMost}`);
  const shapes = new Set(
    world.keys.flatMap(({ name, plan, upgraded, upgradedIn }) =>
      changed.has(name) && !upgraded && upgradedIn !== world.visit ? [plan.plan.shape] : [],
    ),
  );
  const other = only === "locked" ? "slots" : "windowed";
  if (only !== null && shapes.has(other)) wrong.push(`a key of ${other} was changed with --only ${only}`);
}

/** Ctrl-C, a Redis that went away and a lock that another holds end a doctor rightly. */
function isExcused(error: unknown, { blow }: Phase, nested: boolean): boolean {
  if (error instanceof LlmctlError) {
    if (error.exit === EXIT.interrupted) return blow?.kind === "interrupted";
    if (error.code === "doctor-busy") return nested;
  }
  return isGone(error) && (blow?.kind.startsWith("restart") ?? false);
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && /Connection is closed|did not answer|lock that keeps/.test(error.message);
