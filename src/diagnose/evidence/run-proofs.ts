import type { Reading } from "../../litellm/counters/read.js";
import { parallelKey } from "../../litellm/key-name.js";
import type { RecordedRun } from "../../runs/reader.js";
import { sameAddress } from "../facts/same-address.js";

/** What recorded probe runs prove of one key, and what it takes for that to hold still. */
export interface ProvenByRuns {
  readonly runs: readonly string[];
  readonly slots: readonly { readonly id: string; readonly score: number }[];
  /** By how much the counter rose over all these runs and stayed; null for a sorted set. */
  readonly rise: {
    readonly by: number;
    /** The highest value that a run left; a counter below it was lowered since, and the proof is void. */
    readonly to: number;
    readonly endless: boolean;
    /** Redis TIME of the look before the first of these runs. */
    readonly fromMs: number;
    /** Redis TIME of the last look. */
    readonly untilMs: number;
    /** Redis TIME at which it may have expired by itself, and others stand in its place; null: it has no expiry. */
    readonly expiresMs: number | null;
  } | null;
}

export interface RunEvidence {
  readonly byKey: ReadonlyMap<string, ProvenByRuns>;
  /** The limit that the newest run knew, by owner's hash. */
  readonly limits: ReadonlyMap<string, number>;
}

/**
 * A number has no identity: so long after the run, others may have taken the leak away and live calls stand in its
 * place.
 */
export const RISE_PROOF_TTL_MS = 15 * 60_000;

/**
 * What runs prove that looked at the Redis at `address`; the newest first. `repairedMs`: when a repair last acted on a
 * key, by Redis TIME.
 */
export function collectProofs(
  runs: readonly Pick<RecordedRun, "header" | "end">[],
  address: string,
  repairedMs: Pick<ReadonlyMap<string, number>, "get">,
): RunEvidence {
  const byKey = new Map<string, ProvenByRuns>();
  const limits = new Map<string, number>();
  for (const { header, end } of runs) {
    const owner = header.target.key;
    const limit = end?.limit.value ?? header.limit.value;
    if (limit !== null && !limits.has(owner)) limits.set(owner, limit);
    const proven = end?.proven;
    if (!header.redis || !proven || !sameAddress(header.redis.address, address)) continue;
    const key = proven.key ?? header.redis.key ?? parallelKey(owner, header.redis.namespace);
    // A repair after the run has taken care of what it proved of a number; members have names, and names do not come
    // back.
    const spent = (repairedMs.get(key) ?? 0) >= proven.untilMs;
    byKey.set(key, add(byKey.get(key), header.id, spent ? { ...proven, rise: null } : proven));
  }
  return { byKey, limits };
}

function add(
  newer: ProvenByRuns | undefined,
  run: string,
  { members, rise, fromMs, untilMs }: NonNullable<NonNullable<RecordedRun["end"]>["proven"]>,
): ProvenByRuns {
  const older = rise && {
    by: rise.to - rise.from,
    to: rise.to,
    endless: rise.ttlMs === -1,
    fromMs,
    untilMs,
    expiresMs: rise.ttlMs === -1 ? null : untilMs + rise.ttlMs,
  };
  const seen = newer?.rise;
  // Two rises add up only where the later one began at or above the end of the earlier, and so soon that this was still
  // proven then: else
  // live calls may have stood in its place.
  const joins =
    older && seen && older.endless === seen.endless && older.to <= seen.to - seen.by && isGood(older, seen.fromMs);
  return {
    runs: [...(newer?.runs ?? []), run],
    slots: [...(newer?.slots ?? []), ...members],
    rise: seen ? (joins ? { ...seen, by: seen.by + older.by, fromMs: older.fromMs } : seen) : older,
  };
}

/** Whether what was seen of a number until then still says something of it. */
const isGood = (
  { untilMs, expiresMs }: Pick<NonNullable<ProvenByRuns["rise"]>, "untilMs" | "expiresMs">,
  nowMs: number,
): boolean => nowMs - untilMs <= RISE_PROOF_TTL_MS && (expiresMs === null || nowMs < expiresMs);

/** What of it holds for the key as it is now; undefined when nothing does. */
export function stillProven(proven: ProvenByRuns, reading: Reading, held: number | null) {
  const rises = proven.rise;
  const rise =
    rises &&
    reading.type === "string" &&
    held !== null &&
    held >= rises.to &&
    rises.endless === (reading.ttlMs === -1) &&
    isGood(rises, reading.timeMs)
      ? rises.by
      : 0;
  const scores = new Map(proven.slots.map(({ id, score }) => [id, score]));
  const slots = reading.members.filter(({ id, score }) => scores.get(id) === score).map(({ id }) => id);
  return rise > 0 || slots.length > 0
    ? { kind: "proven" as const, run: proven.runs.join(", "), slots, rise }
    : undefined;
}
