import { type Check, passed, skipped, warned } from "./check.js";

export const eviction: Check = {
  title: "Redis keeps its keys",
  group: "store",
  needs: ["Redis"],
  run({ redis }) {
    if (!redis.known) return skipped(redis);
    const { policy, maxmemory } = redis.value;
    if (policy === null) return warned("Redis does not tell its maxmemory-policy", "it should be noeviction");
    if (policy === "noeviction") return passed("maxmemory-policy is noeviction");
    if (maxmemory === 0) return passed(`maxmemory-policy is ${policy}, but no memory limit is set`);
    return warned(
      `maxmemory-policy is ${policy}: a full Redis drops counters, and more calls than the limit are let in`,
      "redis-cli CONFIG SET maxmemory-policy noeviction",
    );
  },
};
