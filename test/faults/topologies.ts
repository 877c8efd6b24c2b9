import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster, Redis } from "ioredis";
import { findRedisServer, freePort, type PrivateRedis, startRedis } from "../../src/lab/redis.js";

/** Servers that belong together, and how to reach them. */
interface Topology {
  connect(): Redis | Cluster;
  stop(): Promise<void>;
}

export interface SentinelTopology extends Topology {
  readonly servers: readonly PrivateRedis[];
  /** The port of the primary, as the sentinels see it. */
  primary(): Promise<number>;
}

/** One primary, two replicas, three sentinels that call a primary dead after a second. */
export async function startSentinels(): Promise<SentinelTopology> {
  const first = await startRedis();
  const follow = ["--replicaof", "127.0.0.1", `${first.port}`];
  const replicas = await Promise.all([startRedis({ args: follow }), startRedis({ args: follow })]);
  await until(async () => (await told(first.port, "info", "replication")).split("state=online").length === 3);
  const dir = await mkdtemp(join(tmpdir(), "llmctl-sentinel-"));
  const program = (await findRedisServer()) as string;
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const sentinels = await Promise.all(
    ports.map(async (port) => {
      const config = join(dir, `${port}.conf`);
      const lines = [
        `port ${port}`,
        `dir ${dir}`,
        "bind 127.0.0.1",
        `sentinel monitor main 127.0.0.1 ${first.port} 2`,
        "sentinel down-after-milliseconds main 1000",
        "sentinel failover-timeout main 6000",
      ];
      await writeFile(config, `${lines.join("\n")}\n`);
      return spawn(program, [config, "--sentinel"], { stdio: "ignore" });
    }),
  );
  for (const port of ports) {
    await until(async () => /slaves=2,sentinels=3/.test(await told(port, "info", "sentinel")));
  }
  const addresses = ports.map((port) => ({ host: "127.0.0.1", port }));
  return {
    servers: [first, ...replicas],
    connect: () => new Redis({ sentinels: addresses, name: "main", sentinelRetryStrategy: () => 100 }),
    async primary() {
      const client = new Redis(ports[0] as number);
      const [, port] = (await client.call("SENTINEL", "get-master-addr-by-name", "main")) as [string, string];
      client.disconnect();
      return Number(port);
    },
    async stop() {
      for (const child of sentinels) {
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }
      await Promise.all([first, ...replicas].map((server) => server.stop()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export interface ClusterTopology extends Topology {
  readonly primaries: readonly PrivateRedis[];
  /** In the order of their primaries. */
  readonly replicas: readonly PrivateRedis[];
}

/** Three primaries, a third of the slots each, and a replica of each. */
export async function startCluster(): Promise<ClusterTopology> {
  const args = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000"];
  // The bus listens 10,000 above: a port that is free may be too high for that.
  const port = async () => {
    for (;;) {
      const one = await freePort();
      if (one < 55_000) return one;
    }
  };
  const nodes: PrivateRedis[] = [];
  for (let i = 0; i < 6; i++) nodes.push(await startRedis({ args, port: await port() }));
  const clients = nodes.map((node) => new Redis(node.port));
  const ids = await Promise.all(clients.map((client) => client.call("CLUSTER", "MYID") as Promise<string>));
  const bounds = [0, 5461, 10923, 16384];
  for (let i = 0; i < 3; i++) {
    await (clients[i] as Redis).call("CLUSTER", "ADDSLOTSRANGE", bounds[i] as number, (bounds[i + 1] as number) - 1);
    await (clients[i] as Redis).call("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
  }
  for (const node of nodes.slice(1)) await (clients[0] as Redis).call("CLUSTER", "MEET", "127.0.0.1", node.port);
  const all = async (test: (client: Redis) => Promise<boolean>) =>
    (await Promise.all(clients.map(test))).every(Boolean);
  await until(() => all(async (client) => ids.every((id, i) => i < 0 || id) && (await nodesOf(client)).length === 6));
  for (let i = 3; i < 6; i++) await (clients[i] as Redis).call("CLUSTER", "REPLICATE", ids[i - 3] as string);
  await until(() =>
    all(async (client) => ((await client.call("CLUSTER", "INFO")) as string).includes("cluster_state:ok")),
  );
  for (const replica of clients.slice(3))
    await until(async () => (await replica.info("replication")).includes("link_status:up"));
  for (const client of clients) client.disconnect();
  return {
    primaries: nodes.slice(0, 3),
    replicas: nodes.slice(3),
    connect: () => new Cluster(nodes.map((node) => ({ host: "127.0.0.1", port: node.port }))),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

const nodesOf = async (client: Redis) => ((await client.call("CLUSTER", "NODES")) as string).trim().split("\n");

async function told(port: number, ...command: [string, ...string[]]): Promise<string> {
  const client = new Redis(port, { retryStrategy: () => 50 });
  try {
    return (await client.call(...command)) as string;
  } finally {
    client.disconnect();
  }
}

/** Asks again and again for 30 s. */
export async function until(test: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (await test()) return;
    await sleep(50);
  }
  throw new Error("it did not come to be within 30 s");
}
