import {
  abandoned,
  cached,
  callsFailed,
  cutShort,
  endedEarly,
  lateRelease,
  noOverlap,
  notEnforced,
  shortOverlap,
  stillRecovering,
  tooFewCalls,
  unanswered,
} from "./calls.js";
import type { Confounder } from "./confounder.js";
import { lateSlots } from "./late.js";
import { shortForWindow } from "./load.js";
import { perProcess, wrongType } from "./processes.js";
import { belowZero, minuteLimiter, otherRedis, redisLost, stickyLock, windowRolled, workerMemory } from "./redis.js";
import {
  deploymentLimit,
  limitChanged,
  noLimit,
  otherScope,
  providerRefusal,
  rateLimit,
  redisAway,
} from "./refusals.js";
import { notLitellm, unnamedRefusal } from "./server.js";
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
  "not-litellm": notLitellm,
  "unnamed-refusal": unnamedRefusal,
  "other-scope": otherScope,
  unanswered,
  abandoned,
  "calls-failed": callsFailed,
  "ended-early": endedEarly,
  cached,
  "below-zero": belowZero,
  "no-overlap": noOverlap,
  "short-overlap": shortOverlap,
  "short-for-window": shortForWindow,
  "not-enforced": notEnforced,
  "too-few-calls": tooFewCalls,
  "late-release": lateRelease,
  "late-slots": lateSlots,
  "still-recovering": stillRecovering,
  "other-redis": otherRedis,
  "redis-lost": redisLost,
  "worker-memory": workerMemory,
  "wrong-type": wrongType,
  "per-process": perProcess,
  "window-rolled": windowRolled,
  "sticky-lock": stickyLock,
  "minute-limiter": minuteLimiter,
} satisfies Record<string, Confounder>;
