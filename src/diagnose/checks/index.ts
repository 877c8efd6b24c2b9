import type { Check, CheckId, GroupId } from "./check.js";
import { configFailOpen } from "./config-fail-open.js";
import { configFiles } from "./config-files.js";
import { configLimits } from "./config-limits.js";
import { configNamespace } from "./config-namespace.js";
import { configRedis } from "./config-redis.js";
import { eviction } from "./eviction.js";
import { garbage } from "./garbage.js";
import { knownLeaks } from "./known-leaks.js";
import { limiter } from "./limiter.js";
import { locked } from "./locked.js";
import { namespace } from "./namespace.js";
import { negative } from "./negative.js";
import { noExpiry } from "./no-expiry.js";
import { proxy } from "./proxy.js";
import { redis } from "./redis.js";
import { sameRedis } from "./same-redis.js";
import { slots } from "./slots.js";
import { workerCaches } from "./worker-caches.js";
import { wrongType } from "./wrong-type.js";

export const checks = {
  proxy,
  limiter,
  "known-leaks": knownLeaks,
  "config-files": configFiles,
  "config-redis": configRedis,
  "config-namespace": configNamespace,
  "config-limits": configLimits,
  "config-fail-open": configFailOpen,
  redis,
  "same-redis": sameRedis,
  eviction,
  "no-expiry": noExpiry,
  locked,
  slots,
  "wrong-type": wrongType,
  negative,
  namespace,
  garbage,
  mirrors: workerCaches,
} satisfies Record<CheckId, Check>;

/** What the checks of a group are about. */
export const groups = {
  litellm: "the proxy, its release and its limiter",
  config: "LiteLLM's config.yaml, when --litellm-config names it",
  store: "Redis, and whether it is the limiter's",
  counters: "the counters of calls in flight",
} satisfies Record<GroupId, string>;
