import type { RunSpec } from "../verdict/observations.js";
import type { RunHeader } from "./schema.js";

/**
 * What the verdict must know of a run, from the header of a live or recorded run. `stopped`: why it ended early, or
 * null.
 */
export const verdictInput = ({ target, plan, limit }: RunHeader, stopped: string | null): RunSpec => ({
  ...(target.litellm === undefined ? {} : { litellm: target.litellm }),
  endpoint: target.endpoint,
  ending: plan.ending,
  known: limit,
  maxLagMs: plan.maxLagMs,
  settleMs: plan.settleMs,
  maxTokens: plan.maxTokens,
  shared: plan.shared,
  exclusive: plan.exclusive,
  bursts: plan.burst > 0 || (limit.value === null && plan.load === null),
  windowMs: plan.windowMs,
  stopped,
});
