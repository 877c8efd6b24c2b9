import { createHash } from "node:crypto";
import type { Reading } from "../../litellm/counters/read.js";
import type { Sample } from "../../litellm/counters/sample.js";
import { numberIn } from "../../litellm/shapes/windowed.js";

/** What a watch has shown so far, folded together so that a long one takes no more memory than a short one. */
export interface SampleSummary {
  readonly first: Sample;
  readonly last: Sample;
  /** Type, value and expiry (there or not) were the same in every sample. */
  readonly unchanged: boolean;
  /** The lowest number seen; null as soon as one sample was no number. */
  readonly lowest: number | null;
  /** Redis TIME in ms at which the lowest number was first seen: since then the counter has not fallen. */
  readonly lowestAtMs: number;
  /** Without an expiry in every sample. */
  readonly endless: boolean;
  /** Calls that were tried, as far as `:requests`, or for want of it `:tokens`, shows. */
  readonly attempts: number;
  /** Rises of `:tokens` that refused calls do not explain. */
  readonly successes: number;
}

export function startSummary(first: Sample): SampleSummary {
  return {
    first,
    last: first,
    unchanged: true,
    lowest: numberOf(first),
    lowestAtMs: first.timeMs,
    endless: first.ttlMs === -1,
    attempts: 0,
    successes: 0,
  };
}

/**
 * Between samples further apart than this, in ms, a call may end, another take its place and the window roll, all
 * unseen.
 */
export const MAX_GAP_MS = 2000;

/** The observation with one more sample; a new one after a gap, for what happened in it is not known. */
export function extendSummary(
  summary: SampleSummary | undefined,
  sample: Sample,
  tokenLimited: boolean | null,
): SampleSummary {
  const gapMs = summary ? sample.timeMs - summary.last.timeMs : Number.POSITIVE_INFINITY;
  return summary && gapMs >= 0 && gapMs <= MAX_GAP_MS ? addSample(summary, sample, tokenLimited) : startSummary(sample);
}

/**
 * Adds a sample. A refused call raises `:requests` by one, and `:tokens` by one where the key has a tokens-a-minute
 * limit; a call that
 * succeeds raises `:tokens` by all its tokens, limit or not. `tokenLimited` is null when nobody told.
 */
export function addSample(watched: SampleSummary, sample: Sample, tokenLimited: boolean | null): SampleSummary {
  const before = watched.last;
  const value = numberOf(sample);
  const requests = rise(before, sample, "requests");
  const tokens = rise(before, sample, "tokens");
  const counted = before.requests !== "" || sample.requests !== "";
  const explained = tokenLimited === false ? 0 : counted ? requests : Math.min(tokens, 1);
  return {
    first: watched.first,
    last: sample,
    unchanged: watched.unchanged && same(before, sample),
    lowest: watched.lowest === null || value === null ? null : Math.min(watched.lowest, value),
    lowestAtMs:
      watched.lowest !== null && value !== null && value < watched.lowest ? sample.timeMs : watched.lowestAtMs,
    endless: watched.endless && sample.ttlMs === -1,
    attempts: watched.attempts + (counted ? requests : tokens),
    successes: watched.successes + (tokens > explained ? 1 : 0),
  };
}

export const sampledMs = ({ first, last }: SampleSummary): number => last.timeMs - first.timeMs;

/**
 * Whether a key that was read after the watch is as the last sample had it; between the two it may have come to life.
 */
export function matchesSummary({ last }: SampleSummary, { type, ttlMs, value, size, members }: Reading): boolean {
  const all = () => members.map(({ id, score }) => `${id} ${score}`).join(" ");
  const text = type === "zset" ? `${size} ${createHash("sha1").update(all()).digest("hex")}` : value;
  return type === last.type && text === last.value && (ttlMs === -1) === (last.ttlMs === -1);
}

const numberOf = (sample: Sample): number | null => (sample.type === "string" ? numberIn(sample) : null);

const same = (a: Sample, b: Sample): boolean =>
  a.type === b.type && a.value === b.value && (a.ttlMs === -1) === (b.ttlMs === -1);

/** An expiry is the same again up to this: TIME and PTTL are read one after another. */
const SAME_EXPIRY_MS = 10;

/**
 * By how much a rate counter rose. When it began anew, all of it is new: a lower value shows that, and a new window may
 * hide it. But the
 * window may expire some ms before the counter, and a new one does not reset all counters: one whose expiry stayed is
 * the same as before.
 */
function rise(before: Sample, after: Sample, field: "requests" | "tokens"): number {
  const [was, is] = [Number(before[field]), Number(after[field])];
  if (!Number.isFinite(was) || !Number.isFinite(is)) return 0;
  const [wasUntil, isUntil] = [before[`${field}UntilMs`] ?? Infinity, after[`${field}UntilMs`] ?? Infinity];
  const lives = wasUntil === isUntil || Math.abs(isUntil - wasUntil) <= SAME_EXPIRY_MS;
  const anew = is < was || (before.window !== after.window && !lives);
  return anew ? Math.max(0, is) : is - was;
}
