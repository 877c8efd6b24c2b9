import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { Endpoint } from "../config/settings.js";
import { unreachableError } from "../errors.js";
import type { ClusterTopology, RedisConnection } from "./client.js";
import { type ClusterMap, type ClusterPrimary, parseClusterNodes } from "./cluster-map.js";

/** Opens a Cluster through any of its nodes. Throws the errors of ioredis and Redis, which the caller explains. */
export async function connectCluster(
  start: readonly Endpoint[],
  node: RedisOptions,
  address: string,
): Promise<RedisConnection> {
  const { retryStrategy: _, ...redisOptions } = node;
  const client = new Cluster(
    start.map(({ host, port }) => ({ host, port })),
    {
      lazyConnect: true,
      enableReadyCheck: false,
      clusterRetryStrategy: () => null,
      slotsRefreshTimeout: node.connectTimeout,
      // Host names are not resolved, because certificates are issued for them.
      dnsLookup: (name, done) => done(null, name),
      redisOptions,
    },
  );
  client.on("error", () => undefined);
  // The error of a node is the cause; the client itself only says that no node is left.
  let last: Error | undefined;
  client.on("node error", (error: Error) => {
    last = error;
  });
  const nodes = new ClusterNodes(client, node);
  try {
    await client.connect();
    await nodes.map();
  } catch (error) {
    nodes.close();
    client.disconnect();
    throw (error as { lastNodeError?: Error }).lastNodeError ?? last ?? error;
  }
  return {
    client,
    nodes: () => nodes.primaries(),
    cluster: nodes,
    address,
    async close() {
      nodes.close();
      client.disconnect();
    },
  };
}

/**
 * The primaries of a Cluster, each with its own connection. The client knows only nodes that own slots, and a migrating
 * slot may be on another.
 */
class ClusterNodes implements ClusterTopology {
  readonly #connections = new Map<string, Redis>();
  #current: ClusterMap = new Map();

  constructor(
    private readonly client: Cluster,
    private readonly options: RedisOptions,
  ) {}

  /** Asks every primary which slots it owns, sends and receives now. */
  async map(): Promise<ClusterMap> {
    const known = parseClusterNodes(String(await this.client.cluster("NODES"))).primaries;
    const down = known.find((node) => node.down && node.slots.size > 0);
    if (down) {
      throw unreachableError({
        code: "redis-cluster-down",
        message: `the primary ${down.host}:${down.port} of the Cluster is down, and its keys with it`,
        hint: "see: redis-cli --cluster check <host:port>",
      });
    }
    const selves = known.filter((node) => !node.down).map(async (node) => this.#describe(node));
    this.#current = new Map((await Promise.all(selves)).map((node) => [node.id, node]));
    return this.#current;
  }

  primaries(): Redis[] {
    return [...this.#current.keys()].map((id) => this.connection(id));
  }

  connection(id: string): Redis {
    const connection = this.#connections.get(id);
    if (!connection) throw new Error(`no connection to Cluster node ${id}`);
    return connection;
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.disconnect();
  }

  async #describe(node: ClusterPrimary): Promise<ClusterPrimary> {
    if (!this.#connections.has(node.id)) {
      const host = (this.options.tls && node.hostname) || node.host;
      const connection = new Redis({ ...this.options, host, port: node.port });
      connection.on("error", () => undefined);
      this.#connections.set(node.id, connection);
    }
    const { myself, primaries } = parseClusterNodes(String(await this.connection(node.id).cluster("NODES")));
    return primaries.find(({ id }) => id === myself) ?? node;
  }
}
