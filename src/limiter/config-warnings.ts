import type { Cluster, Redis } from "ioredis";

/** What in a server's settings weakens the limiter's promise, from its INFO. Sentences for a log; empty when all is well. */
export function configWarnings(info: string, sharded: boolean, durability: "memory" | "replica"): string[] {
  const field = (name: string) => info.match(new RegExp(`^${name}:(.*?)\\r?$`, "m"))?.[1];
  const said: string[] = [];
  const policy = field("maxmemory_policy");
  if (policy && policy !== "noeviction" && field("maxmemory") !== "0") {
    said.push(`maxmemory-policy is ${policy}: Redis may drop leases when memory is short; set noeviction`);
  }
  if (
    Number(field("connected_slaves") ?? 0) > 0 &&
    field("min_slaves_good_slaves") === undefined &&
    durability === "memory"
  ) {
    said.push(
      "min-replicas-to-write is 0: a primary that is cut off goes on granting what a failover forgets; set it to 1",
    );
  }
  const major = Number.parseInt(field("redis_version") ?? "7", 10);
  if (sharded && major < 7) said.push(`Redis ${field("redis_version")} has no sharded publish: pass publish: "plain"`);
  return said;
}

/** Asks the server (every primary of a Cluster). Never fails: not being allowed to look is itself said. */
export async function warnAboutConfig(
  client: Redis | Cluster,
  sharded: boolean,
  durability: "memory" | "replica",
): Promise<string[]> {
  const nodes = client.isCluster ? (client as Cluster).nodes("master") : [client as Redis];
  const found = await Promise.all(
    nodes.map((node) =>
      node.info().then(
        (info) => configWarnings(info, sharded, durability),
        (error: Error) => [`the server's settings could not be read: ${error.message}`],
      ),
    ),
  );
  return [...new Set(found.flat())];
}
