import type { RunSpec } from "../verdict/observations.js";
import type { RunHeader } from "./schema.js";

/** What a judge must know of a run; the header of a recorded run tells it as well as a live one. `stopped`: why it ended early, or null. */
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
