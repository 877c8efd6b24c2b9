import type { Clock } from "../../config/clock.js";
import { interruptedError } from "../../errors.js";
import { readSample } from "../../litellm/counters/sample.js";
import type { KeyName } from "../../litellm/key-name.js";
import type { RedisConnection } from "../../redis/connect.js";
import { extendSummary, type SampleSummary } from "./summary.js";

export interface SampleTarget {
  readonly name: KeyName;
  readonly tokenLimited: boolean | null;
  /** Whether what was seen so far rules out all that a longer watch could prove. */
  readonly conclusive: (watched: SampleSummary) => boolean;
}

export interface SampleOptions {
  readonly observeMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called after each round. */
  readonly progress: (elapsedMs: number, still: number) => void;
  /** What was seen before: the observation goes on from there. */
  readonly seen?: ReadonlyMap<string, SampleSummary>;
  /** Ends the watch before its time. */
  readonly end?: AbortSignal;
}

/** Often enough to see a call that ends and the next that takes its place; two samples at least in a short watch. */
const intervalFor = (observeMs: number): number => Math.max(20, Math.min(250, observeMs / 4));
/** So many keys are read at a time: no single reply gets large, no queue long. */
const BATCH = 200;

/** Reads each counter again and again for `observeMs`; a key leaves the watch as soon as it is settled. Reads only. */
export async function sampleCounters(
  redis: RedisConnection,
  targets: readonly SampleTarget[],
  { observeMs, clock, signal, progress, seen: before, end }: SampleOptions,
): Promise<ReadonlyMap<string, SampleSummary>> {
  const seen = new Map(before);
  const stop = end ? AbortSignal.any([signal, end]) : signal;
  // From the end of the first round on: between the first and the last sample of every key lies the whole time, however
  // long a round takes.
  let start: number | undefined;
  for (let still = targets; ; ) {
    await inBatches(still, async ({ name, tokenLimited }) => {
      const sample = await readSample(redis.client, name.name);
      seen.set(name.name, extendSummary(seen.get(name.name), sample, tokenLimited));
    });
    still = still.filter(({ name, conclusive }) => !conclusive(seen.get(name.name) as SampleSummary));
    start ??= clock.monotonic();
    const elapsed = clock.monotonic() - start;
    progress(elapsed, still.length);
    if (still.length === 0 || elapsed >= observeMs || end?.aborted) return seen;
    await clock.sleep(Math.min(intervalFor(observeMs), observeMs - elapsed), stop).catch((error: unknown) => {
      if (end?.aborted) return;
      if (signal.aborted) throw interruptedError("the watch was not finished; nothing was changed");
      throw error;
    });
  }
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += BATCH) await Promise.all(items.slice(at, at + BATCH).map(work));
}
