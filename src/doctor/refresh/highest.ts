import { SLOTS_LIVE_MS } from "../../litellm/releases.js";
import { readRuns, runsDir } from "../../probe/record.js";
import { raisedLimits } from "./journal.js";

/** The highest limit of a key that anybody here knows of since the oldest living copy was first written: `limit`, which is that of
 * now, recorded runs, and refreshes that were left for long. */
export async function highestKnown(
  stateDir: string,
  key: string,
  { limit, wallMs }: { limit: number; wallMs: number },
): Promise<number> {
  const sinceMs = wallMs - SLOTS_LIVE_MS;
  const runs = await readRuns(runsDir(stateDir));
  const ofRuns = runs
    .filter(({ header }) => header.target.key === key && Date.parse(header.startedAt) >= sinceMs)
    .flatMap(({ header, end }) => [header.limit.value ?? 0, end?.limit.value ?? 0]);
  return Math.max(limit, ...ofRuns, ...(await raisedLimits(stateDir, key, { sinceMs, nowMs: wallMs })));
}
