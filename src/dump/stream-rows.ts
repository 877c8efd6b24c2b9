import { interruptedError } from "../errors.js";
import { readLimiterBatches } from "../litellm/counters/scan.js";
import type { Selection } from "../litellm/counters/select.js";
import type { DumpKey } from "../output/documents/dump.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { byUrgency, type Surroundings, toRow } from "./to-row.js";

const EVERY_SLOT = 100_000;
/** Rows printed at once. */
const CHUNK = 500;

/** What rows are made from. */
export interface RowSources {
  readonly selection: Selection;
  /** Also the window, requests and tokens keys. */
  readonly rates: boolean;
  readonly around: Surroundings;
  readonly signal: AbortSignal;
}

/** The selected keys as rows, in batches, in the order of Redis. Throws explained errors. */
export async function* readRows(redis: RedisConnection, sources: RowSources): AsyncGenerator<DumpKey[]> {
  const { selection, rates, around, signal } = sources;
  const globs = selection.globs ? { globs: selection.globs } : {};
  try {
    for await (const batch of readLimiterBatches(redis, {
      rates,
      slots: around.slots ? EVERY_SLOT : 1,
      ...globs,
    })) {
      if (signal.aborted) throw interruptedError("Redis was only read");
      const rows = batch.filter(({ name }) => selection.includes(name)).map((key) => toRow(key, around));
      if (rows.length > 0) yield rows;
    }
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  }
}

/** Reads rows until there are enough; `done` when these are all. */
export async function takeRows(
  rows: AsyncGenerator<DumpKey[]>,
  enough: number,
): Promise<{ first: DumpKey[]; done: boolean }> {
  const first: DumpKey[] = [];
  while (first.length < enough) {
    const next = await rows.next();
    if (next.done) return { first, done: true };
    first.push(...next.value);
  }
  return { first, done: false };
}

/**
 * All rows for a format that streams: those already read, sorted, then the others in the order of Redis. Closes the
 * connection at the end.
 */
export async function* streamRows(
  first: DumpKey[],
  rest: AsyncGenerator<DumpKey[]>,
  redis: RedisConnection,
): AsyncGenerator<DumpKey[]> {
  try {
    first.sort(byUrgency);
    while (first.length > 0) yield first.splice(0, CHUNK);
    yield* rest;
  } finally {
    await redis.close();
  }
}
