import type { CachedRun } from "../../runs/cache.js";
import { sameAddress } from "../facts/same-address.js";

/** What a recorded run saw: refusals while Redis held fewer than the limit. */
export interface UnexplainedRejection {
  readonly owner: string;
  /** Where its calls were counted. */
  readonly namespace: string | null;
  readonly run: string;
  readonly limit: number;
  /** Milliseconds since 1970. */
  readonly endedMs: number;
}

/**
 * The newest run of each key, where it saw refusals that Redis does not explain. `runs`: newest first. `refreshedMs`:
 * when the copies of a
 * key were last refreshed; what was seen before says nothing any more.
 */
export function unexplainedRejections(
  runs: readonly CachedRun[],
  address: string,
  refreshedMs: ReadonlyMap<string, number>,
): UnexplainedRejection[] {
  const seen = new Set<string>();
  return runs.flatMap(({ header, end }) => {
    const owner = header.target.key;
    if (!end || !header.redis || !sameAddress(header.redis.address, address) || seen.has(owner)) return [];
    seen.add(owner);
    const endedMs = Date.parse(end.endedAt);
    // Only a run that read Redis around the refusal says more of it than the calls alone, and an inconclusive one says
    // that it may be nothing.
    const { status, findings } = end.verdict;
    const memory = findings.some(
      ({ kind, evidence }) => kind === "false-rejection" && evidence.some((one) => one.kind === "counter"),
    );
    if (status !== "finding" || !memory || end.limit.value === null || (refreshedMs.get(owner) ?? 0) >= endedMs)
      return [];
    return [{ owner, namespace: header.redis.namespace, run: header.id, limit: end.limit.value, endedMs }];
  });
}
