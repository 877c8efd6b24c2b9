import type { RedisConnection } from "../redis/connect.js";
import { RunShelf, type ShelvedRun } from "../runs/cache.js";
import type { ExaminationSources } from "./diagnose.js";
import { collectProofs, RISE_LIFE_MS, type RunEvidence } from "./run-proofs.js";
import type { ProvingRun } from "./run-selector.js";

/** What recorded runs say about the keys of this Redis: the one that --from-run names, or all, or, with --no-runs, none. */
export async function readRunEvidence(redis: RedisConnection, sources: ExaminationSources): Promise<RunEvidence> {
  const { context, options, shelf, history } = sources;
  const runs: readonly ShelvedRun[] = options.fromRun
    ? [byKey(options.fromRun)]
    : options.runs
      ? await (shelf ?? new RunShelf(context)).read()
      : [];
  // Only the proof of a number can be spent by a repair, and only as long as it lives; backups may be many.
  const [seconds = "0"] = await redis.client.time();
  const bornMs = Number(seconds) * 1000 - RISE_LIFE_MS;
  const spendable = runs.some(({ end }) => end?.proven?.rise && end.proven.untilMs >= bornMs);
  return collectProofs(runs, redis.address, spendable ? await history.lastRepairs() : new Map());
}

/** Under the name of the key that it is about, which its file may not tell. */
const byKey = ({ header, end, key }: ProvingRun): ShelvedRun => ({
  header,
  end: { ...end, proven: end.proven && { ...end.proven, key } },
});
