import {
  abandoned,
  cached,
  callsFailed,
  cutShort,
  endedEarly,
  lateRelease,
  noOverlap,
  notEnforced,
  stillRecovering,
  tooFewCalls,
  unanswered,
} from "./calls.js";
import type { Confounder } from "./confounder.js";
import { shortForWindow } from "./load.js";
import { minuteLimiter, otherRedis, redisLost, stickyLock, windowRolled, workerMemory, wrongType } from "./redis.js";
import {
  deploymentLimit,
  limitChanged,
  noLimit,
  otherScope,
  providerRefusal,
  rateLimit,
  redisAway,
} from "./refusals.js";
import { foreignTraffic, fullBefore, heldBefore, perhapsForeign, shared } from "./traffic.js";

/** Every confounder by the id that documents carry. */
export const confounders = {
  "no-limit": noLimit,
  "limit-changed": limitChanged,
  "cut-short": cutShort,
  shared,
  "foreign-traffic": foreignTraffic,
  "held-before": heldBefore,
  "full-before": fullBefore,
  "perhaps-foreign": perhapsForeign,
  "rate-limit": rateLimit,
  "deployment-limit": deploymentLimit,
  "redis-away": redisAway,
  "provider-refusal": providerRefusal,
  "other-scope": otherScope,
  unanswered,
  abandoned,
  "calls-failed": callsFailed,
  "ended-early": endedEarly,
  cached,
  "no-overlap": noOverlap,
  "short-for-window": shortForWindow,
  "not-enforced": notEnforced,
  "too-few-calls": tooFewCalls,
  "late-release": lateRelease,
  "still-recovering": stillRecovering,
  "other-redis": otherRedis,
  "redis-lost": redisLost,
  "worker-memory": workerMemory,
  "wrong-type": wrongType,
  "window-rolled": windowRolled,
  "sticky-lock": stickyLock,
  "minute-limiter": minuteLimiter,
} satisfies Record<string, Confounder>;
