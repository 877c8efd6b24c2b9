import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort, type PrivateRedis, startRedis } from "../../../src/lab/redis.js";

const SLOTS = 16_384;

export interface ClusterMember {
  readonly server: PrivateRedis;
  readonly client: Redis;
  readonly id: string;
  /** Port of the Cluster bus. */
  readonly bus: number;
}

export interface PrivateCluster {
  /** The last of them owns no slots. */
  readonly members: readonly ClusterMember[];
  /** Moves slots as redis-cli does, key by key, `each` being awaited between the steps. */
  moveSlots(
    slots: readonly number[],
    from: ClusterMember,
    to: ClusterMember,
    each?: () => Promise<void>,
  ): Promise<void>;
  stop(): Promise<void>;
}

/** Three primaries that share all slots, and a fourth without any. */
export async function startCluster(): Promise<PrivateCluster> {
  const members = await Promise.all([0, 1, 2, 3].map(startMember));
  const [first, ...others] = members as [ClusterMember, ...ClusterMember[]];
  for (const { client } of others) await client.call("CLUSTER", "MEET", "127.0.0.1", first.server.port, first.bus);
  const owners = members.slice(0, 3);
  await Promise.all(
    owners.map(({ client }, at) => {
      const [begin, end] = [Math.ceil((at * SLOTS) / 3), Math.ceil(((at + 1) * SLOTS) / 3) - 1];
      return client.call("CLUSTER", "ADDSLOTSRANGE", begin, end);
    }),
  );
  for (const { client } of members) await untilWhole(client, members.length);
  return {
    members,
    moveSlots: (slots, from, to, each) => moveSlots(members, slots, from, to, each),
    async stop() {
      for (const { client } of members) client.disconnect();
      await Promise.all(members.map(({ server }) => server.stop()));
    },
  };
}

async function startMember(): Promise<ClusterMember> {
  const bus = await freePort();
  // A primary that gave away its last slot would become a replica.
  const stays = ["--cluster-allow-replica-migration", "no"];
  const server = await startRedis({ args: ["--cluster-enabled", "yes", "--cluster-port", `${bus}`, ...stays] });
  const client = new Redis(server.url);
  return { server, client, id: String(await client.call("CLUSTER", "MYID")), bus };
}

async function untilWhole(client: Redis, size: number): Promise<void> {
  for (let waited = 0; waited < 15_000; waited += 50) {
    const info = String(await client.call("CLUSTER", "INFO"));
    if (info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${size}`)) return;
    await sleep(50);
  }
  throw new Error("the Cluster did not come up");
}

async function moveSlots(
  members: readonly ClusterMember[],
  slots: readonly number[],
  from: ClusterMember,
  to: ClusterMember,
  each: () => Promise<void> = async () => undefined,
): Promise<void> {
  for (const slot of slots) {
    await to.client.call("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
    await from.client.call("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
    for (;;) {
      const keys = (await from.client.call("CLUSTER", "GETKEYSINSLOT", slot, 10)) as string[];
      if (keys.length === 0) break;
      await from.client.call("MIGRATE", "127.0.0.1", to.server.port, "", 0, 5000, "KEYS", ...keys);
      await each();
    }
    await to.client.call("CLUSTER", "SETSLOT", slot, "NODE", to.id);
    for (const { client } of members) await client.call("CLUSTER", "SETSLOT", slot, "NODE", to.id).catch(onlyOwners);
    await each();
  }
}

/** A node that has not heard of the new owner yet refuses; the bus will tell it. */
function onlyOwners(error: Error): void {
  if (!/ERR/.test(error.message)) throw error;
}
