import { type Check, failed, passed, skipped, warned } from "./check.js";

const RIGHT_REDIS = "name the Redis of cache_params or coordination_redis: --redis-url redis://host:6379";
const CANARY = "prove it by one call: --canary --key-file <file with a key that has a limit>";

export const sameRedis: Check = {
  title: "Redis is the limiter's",
  group: "store",
  needs: ["proxy", "admin key", "Redis"],
  run({ redisIdentity }) {
    if (!redisIdentity.known)
      return skipped(
        redisIdentity.failed ? { ...redisIdentity, advice: `${redisIdentity.advice}; or ${CANARY}` } : redisIdentity,
      );
    const { kind, why } = redisIdentity.value;
    switch (kind) {
      case "same":
      case "likely":
        return passed(why);
      case "other":
        return failed(`this is not the limiter's Redis: ${why}; nothing here will be repaired`, RIGHT_REDIS);
      case "away":
        return failed(
          why,
          "limits are per process until it is reachable from the proxy: look at its log, at the address and the password in cache_params",
        );
      case "none":
        return warned(
          why,
          "limits are per process; for one limit over all workers set litellm_settings.cache with type redis",
        );
      case "unlike":
        return warned(why, `${RIGHT_REDIS}; or ${CANARY}`);
      case "untold":
        return warned(why, CANARY);
    }
  },
};
