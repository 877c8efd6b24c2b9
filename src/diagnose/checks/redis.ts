import { type Check, failed, passed, skipped } from "./check.js";

export const redis: Check = {
  title: "Redis reachable",
  group: "store",
  needs: ["Redis"],
  run({ redis, counters }) {
    if (!redis.known) return redis.failed ? failed(redis.why, redis.advice) : skipped(redis);
    if (!counters.known) return failed(counters.why, counters.advice);
    const { address, version } = redis.value;
    return passed(`Redis ${version ?? ""} at ${address}, ${counters.value.length} counters of calls in flight`);
  },
};
