import type { Context } from "../../../config/context.js";
import { SLOTS_LIVE_MS } from "../../../litellm/releases.js";
import { RunCache } from "../../../runs/cache.js";
import { passOver, raisedLimits } from "./journal.js";

/**
 * The highest limit of a key that is known since the oldest living worker cache was first written: `limit`, which is
 * in force now, those of recorded runs, and those of refreshes that stayed raised for long.
 */
export async function highestKnown(
  context: Pick<Context, "settings" | "terminal">,
  key: string,
  { limit, wallMs }: { limit: number; wallMs: number },
): Promise<number> {
  const { settings, terminal } = context;
  const span = { sinceMs: wallMs - SLOTS_LIVE_MS, nowMs: wallMs };
  const runs = await new RunCache(context.settings.stateDir, context.terminal).read();
  const ofRuns = runs
    .filter(({ header }) => header.target.key === key && Date.parse(header.startedAt) >= span.sinceMs)
    .flatMap(({ header, end }) => [header.limit.value ?? 0, end?.limit.value ?? 0]);
  const raised = await raisedLimits(settings.stateDir, key, span, passOver(terminal));
  return Math.max(limit, ...ofRuns, ...raised);
}
