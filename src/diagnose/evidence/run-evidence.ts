import type { RedisConnection } from "../../redis/connect.js";
import type { CachedRun, RunCache } from "../../runs/cache.js";
import type { DoctorOptions } from "../options.js";
import type { RepairHistory } from "../repair-history.js";
import { collectProofs, RISE_PROOF_TTL_MS, type RunEvidence } from "./run-proofs.js";
import type { ProvingRun } from "./run-selector.js";

/**
 * What recorded runs say about the keys of this Redis: the one that --from-run names, or all, or, with --no-runs, none.
 */
export async function readRunEvidence(
  redis: RedisConnection,
  { fromRun, runs: wanted }: Pick<DoctorOptions, "fromRun" | "runs">,
  runCache: RunCache,
  history: Pick<RepairHistory, "lastRepairs">,
): Promise<RunEvidence> {
  const runs: readonly CachedRun[] = fromRun ? [byKey(fromRun)] : wanted ? await runCache.read() : [];
  // Only the proof of a number can be spent by a repair, and only as long as it lives; backups may be many.
  const [seconds = "0"] = await redis.client.time();
  const bornMs = Number(seconds) * 1000 - RISE_PROOF_TTL_MS;
  const spendable = runs.some(({ end }) => end?.proven?.rise && end.proven.untilMs >= bornMs);
  return collectProofs(runs, redis.address, spendable ? await history.lastRepairs() : new Map());
}

/** Under the name of the key that it is about, which its file may not tell. */
const byKey = ({ header, end, key }: ProvingRun): CachedRun => ({
  header,
  end: { ...end, proven: end.proven && { ...end.proven, key } },
});
