import type { Context } from "../config/context.js";
import { numberIn } from "../litellm/shapes/windowed.js";
import type { RedisConnection } from "../redis/connect.js";
import { sayDuration } from "../terminal/duration.js";
import { confirm } from "../terminal/prompt.js";
import { diagnose, watchIsSettled } from "./evidence/index.js";
import type { Examination } from "./examination.js";
import { known } from "./fact.js";
import { type Circumstances, callIt, type Patient } from "./patient.js";
import { type PlannedRepair, plan } from "./repair/plan.js";
import { watchKeys } from "./watch/watch.js";
import type { Watched } from "./watch/watched.js";

/** What would be repaired if no call took longer than what was observed. */
export interface Supposed {
  /** In ms, a window at least: the word that is missing. */
  readonly longestCallMs: number;
  readonly repairs: readonly PlannedRepair[];
}

/** Counters of which nothing but the length of the longest call is missing; null when there are none. */
export function supposedLocks({ patients, circumstances, plan: planned }: Examination): Supposed | null {
  const all = patients.known ? patients.value : [];
  const observed = all.flatMap((patient) => diagnose(patient, circumstances).short?.observedMs ?? []);
  const whole = observed.filter((ms) => ms >= circumstances.windowMs);
  if (whole.length === 0) return null;
  const longestCallMs = Math.min(...whole);
  const ids = new Set(planned.map(({ id }) => id));
  const repairs = plan(all, { ...circumstances, longestCallMs }).filter(({ id }) => !ids.has(id));
  return repairs.length === 0 ? null : { longestCallMs, repairs };
}

/**
 * One question settles what the observation left open. Counters are observed while it stands, so that an answer which takes long is about
 * what is there when it comes. Yes, or no answer, leaves them alone.
 */
export async function askLongCalls(
  context: Context,
  redis: RedisConnection,
  before: Examination,
  { longestCallMs, repairs }: Supposed,
): Promise<Examination> {
  const { terminal, clock, signal } = context;
  const asked = repairs.map(({ patient }) => patient);
  const end = new AbortController();
  const observing = watchKeys(
    redis,
    asked.map((patient) => ({ ...patient, settled: watchIsSettled(patient, before.circumstances) })),
    {
      ...{ observeMs: Number.POSITIVE_INFINITY, clock, signal, progress: () => undefined },
      ...{ seen: watchedOf(asked), end: end.signal },
    },
  );
  // Told below, once there is an answer.
  observing.catch(() => undefined);
  const message = `Calls longer than ${sayDuration(longestCallMs)} on ${nameThem(asked)} right now?`;
  try {
    if (await confirm(terminal, { message, flag: "--longest-call <time>", initial: true, signal })) return before;
  } finally {
    end.abort();
  }
  return answered(before, { ...before.circumstances, longestCallMs }, await observing);
}

/** The same examination with the operator's word, and with what was seen while the question stood. */
function answered(before: Examination, circumstances: Circumstances, seen: ReadonlyMap<string, Watched>): Examination {
  const patients = (before.patients.known ? before.patients.value : []).map((patient): Patient => {
    const watched = seen.get(patient.name.name);
    if (!watched) return patient;
    const { type, ttlMs, timeMs, value } = watched.last;
    // Of a set the sample has a digest only, and a set that moved is no longer what was watched.
    if (type !== "string") return { ...patient, watched };
    return { ...patient, watched, reading: { ...patient.reading, ttlMs, timeMs, value }, held: numberIn({ value }) };
  });
  return { ...before, circumstances, patients: known(patients), plan: plan(patients, circumstances) };
}

const watchedOf = (patients: readonly Patient[]): ReadonlyMap<string, Watched> =>
  new Map(patients.flatMap(({ name, watched }) => (watched ? [[name.name, watched] as const] : [])));

/** So many keys are named in one question. */
const MOST_NAMED = 3;

function nameThem(patients: readonly Patient[]): string {
  const names = patients.slice(0, MOST_NAMED).map(callIt);
  return `${names.join(", ")}${patients.length > MOST_NAMED ? ` and ${patients.length - MOST_NAMED} more` : ""}`;
}
