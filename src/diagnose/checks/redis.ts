import { type Check, failed, passed, skipped } from "./check.js";

export const redis: Check = {
  title: "Redis reachable",
  group: "store",
  needs: ["Redis"],
  run({ redis, patients }) {
    if (!redis.known) return redis.failed ? failed(redis.why, redis.advice) : skipped(redis);
    if (!patients.known) return failed(patients.why, patients.advice);
    const { address, version } = redis.value;
    return passed(`Redis ${version ?? ""} at ${address}, ${patients.value.length} counters of calls in flight`);
  },
};
