import { type Check, failed, passed, skipped, warned } from "./check.js";

const RIGHT_REDIS = "name the Redis of cache_params or coordination_redis: --redis-url redis://host:6379";

export const sameRedis: Check = {
  title: "Redis is the limiter's",
  group: "store",
  needs: ["proxy", "admin key", "Redis"],
  run({ sameness }) {
    if (!sameness.known) return skipped(sameness);
    const { kind, why } = sameness.value;
    switch (kind) {
      case "same":
      case "likely":
        return passed(why);
      case "other":
        return failed(`this is not the limiter's Redis: ${why}; nothing here will be repaired`, RIGHT_REDIS);
      case "none":
        return warned(
          why,
          "limits are per process; for one limit over all workers set litellm_settings.cache with type redis",
        );
      default:
        return warned(why, RIGHT_REDIS);
    }
  },
};
