import type { Check, CheckId } from "./check.js";
import { eviction } from "./eviction.js";
import { garbage } from "./garbage.js";
import { knownLeaks } from "./known-leaks.js";
import { limiter } from "./limiter.js";
import { locked } from "./locked.js";
import { mirrors } from "./mirrors.js";
import { namespace } from "./namespace.js";
import { negative } from "./negative.js";
import { noExpiry } from "./no-expiry.js";
import { proxy } from "./proxy.js";
import { redis } from "./redis.js";
import { sameRedis } from "./same-redis.js";
import { slots } from "./slots.js";
import { wrongType } from "./wrong-type.js";

export const checks = {
  proxy,
  limiter,
  "known-leaks": knownLeaks,
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
  mirrors,
} satisfies Record<CheckId, Check>;
