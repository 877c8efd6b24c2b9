import type { Context } from "../config/context.js";
import { type Counter, type CounterContext, counterLabel } from "../diagnose/counter.js";
import type { Diagnosis } from "../diagnose/diagnose.js";
import { isSamplingConclusive } from "../diagnose/evidence/collect.js";
import { known } from "../diagnose/lookup.js";
import { assess, type PlannedRepair, plan } from "../diagnose/plan.js";
import { sampleCounters } from "../diagnose/sampling/sample-counters.js";
import type { SampleSummary } from "../diagnose/sampling/summary.js";
import { numberIn } from "../litellm/shapes/windowed.js";
import type { RedisConnection } from "../redis/connect.js";
import { formatDuration } from "../terminal/duration.js";
import { confirm } from "../terminal/prompt.js";

/** What would be repaired if no call took longer than what was observed. */
export interface Supposed {
  /** In ms, a window at least: the word that is missing. */
  readonly longestCallMs: number;
  readonly repairs: readonly PlannedRepair[];
}

/** Counters of which nothing but the length of the longest call is missing; null when there are none. */
export function supposedLocks(diagnosis: Diagnosis): Supposed | null {
  const { counters, counterContext, plan: planned, evidence, redisIdentity } = diagnosis;
  // What stands in another Redis than the limiter's is not what refuses these calls.
  if (redisIdentity.known && redisIdentity.value.kind === "other") return null;
  const all = counters.known ? counters.value : [];
  const observed = [...evidence.values()].flatMap(({ short }) => short?.observedMs ?? []);
  const whole = observed.filter((ms) => ms >= counterContext.windowMs);
  if (whole.length === 0) return null;
  const longestCallMs = Math.min(...whole);
  const ids = new Set(planned.map(({ id }) => id));
  const repairs = plan(all, { ...counterContext, longestCallMs }).filter(({ id }) => !ids.has(id));
  return repairs.length === 0 ? null : { longestCallMs, repairs };
}

/**
 * One question settles what the observation left open. Counters are observed while it stands, so that an answer which
 * takes long is about
 * what is there when it comes. Yes, or no answer, leaves them alone.
 */
export async function askLongCalls(
  context: Context,
  redis: RedisConnection,
  before: Diagnosis,
  { longestCallMs, repairs }: Supposed,
): Promise<Diagnosis> {
  const { terminal, clock, signal } = context;
  const asked = repairs.map(({ counter }) => counter);
  const end = new AbortController();
  const observing = sampleCounters(
    redis,
    asked.map((counter) => ({ ...counter, conclusive: isSamplingConclusive(counter, before.counterContext) })),
    {
      ...{ observeMs: Number.POSITIVE_INFINITY, clock, signal, progress: () => undefined },
      ...{ seen: watchedOf(asked), end: end.signal },
    },
  );
  // Told below, once there is an answer.
  observing.catch(() => undefined);
  const message = `Calls longer than ${formatDuration(longestCallMs)} on ${nameThem(asked)} right now?`;
  try {
    if (await confirm(terminal, { message, flag: "--longest-call <time>", initial: true, signal })) return before;
  } finally {
    end.abort();
  }
  return answered(before, { ...before.counterContext, longestCallMs }, await observing);
}

/** The same examination with the operator's word, and with what was seen while the question stood. */
function answered(
  before: Diagnosis,
  counterContext: CounterContext,
  seen: ReadonlyMap<string, SampleSummary>,
): Diagnosis {
  const counters = (before.counters.known ? before.counters.value : []).map((counter): Counter => {
    const watched = seen.get(counter.name.name);
    if (!watched) return counter;
    const { type, ttlMs, timeMs, value } = watched.last;
    // Of a set the sample has a digest only, and a set that moved is no longer what was watched.
    if (type !== "string") return { ...counter, samples: watched };
    return {
      ...counter,
      samples: watched,
      reading: { ...counter.reading, ttlMs, timeMs, value },
      held: numberIn({ value }),
    };
  });
  return { ...before, counterContext, counters: known(counters), ...assess(counters, counterContext) };
}

const watchedOf = (counters: readonly Counter[]): ReadonlyMap<string, SampleSummary> =>
  new Map(counters.flatMap(({ name, samples: watched }) => (watched ? [[name.name, watched] as const] : [])));

/** So many keys are named in one question. */
const MOST_NAMED = 3;

function nameThem(counters: readonly Counter[]): string {
  const names = counters.slice(0, MOST_NAMED).map(counterLabel);
  return `${names.join(", ")}${counters.length > MOST_NAMED ? ` and ${counters.length - MOST_NAMED} more` : ""}`;
}
