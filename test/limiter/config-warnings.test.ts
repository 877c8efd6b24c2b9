import { expect, test } from "vitest";
import { configWarnings } from "../../src/limiter/config-warnings.js";

const info = (fields: Record<string, string | number>) =>
  Object.entries({
    redis_version: "7.0.15",
    maxmemory: 0,
    maxmemory_policy: "noeviction",
    connected_slaves: 0,
    ...fields,
  })
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join("");

test.each<[string, Record<string, string | number>, boolean, "memory" | "replica", RegExp | undefined]>([
  ["nothing about a server that is as it should be", {}, false, "memory", undefined],
  ["that leases may be evicted", { maxmemory: 100, maxmemory_policy: "allkeys-lru" }, false, "memory", /noeviction/],
  ["nothing about a policy that never comes to bear", { maxmemory_policy: "allkeys-lru" }, false, "memory", undefined],
  ["that a cut-off primary goes on granting", { connected_slaves: 1 }, false, "memory", /min-replicas-to-write/],
  [
    "nothing of it when replicas are required",
    { connected_slaves: 1, min_slaves_good_slaves: 1 },
    false,
    "memory",
    undefined,
  ],
  ["nothing of it when each grant waits for a replica", { connected_slaves: 1 }, false, "replica", undefined],
  ["that an old Cluster cannot publish by shard", { redis_version: "6.2.14" }, true, "memory", /plain/],
])("says %s", (_what, fields, sharded, durability, said) => {
  const sentences = configWarnings(info(fields), sharded, durability);
  if (said) expect(sentences).toEqual([expect.stringMatching(said)]);
  else expect(sentences).toEqual([]);
});
