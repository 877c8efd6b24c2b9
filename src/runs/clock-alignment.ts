import type { RecordedRun } from "./reader.js";

/** How the times of several machines were aligned. */
export interface Alignment {
  /** `redis`: by the one clock that all of them read with each slot; `wall`: by each machine's own clock. */
  readonly by: "redis" | "wall";
  /** Milliseconds to add to each run's times, in the order of the runs; the earliest run gets 0. */
  readonly offsetsMs: readonly number[];
}

/** Aligns by Redis' clock if every run read the same Redis, so that errors of the machines' clocks do not matter. */
export function align(runs: readonly RecordedRun[]): Alignment {
  const addresses = new Set(runs.map(({ header }) => header.redis?.address));
  const byRedis = addresses.size === 1 ? runs.map(redisStart) : [undefined];
  const known = byRedis.every((start) => start !== undefined);
  const starts = known ? byRedis : runs.map(({ header }) => Date.parse(header.startedAt));
  const first = Math.min(...starts);
  return { by: known ? "redis" : "wall", offsetsMs: starts.map((start) => start - first) };
}

/** Redis TIME at which the run's own time was 0, from the fastest reading: Redis answered between request and reply. */
function redisStart({ events }: RecordedRun): number | undefined {
  const [quickest] = events
    .filter((event) => event.kind === "slots")
    .sort((a, b) => a.atMs - a.fromMs - (b.atMs - b.fromMs));
  return quickest && quickest.timeMs - (quickest.fromMs + quickest.atMs) / 2;
}
