import type { Cluster, Redis } from "ioredis";
import type { ClusterMap } from "./cluster-map.js";

/** Sends a command to the server that holds its key, whatever the topology. */
export type RedisClient = Redis | Cluster;

/** The Cluster's own view of itself. */
export interface ClusterTopology {
  /** Asks every primary which slots it owns, sends and receives now. Exit 5 when one that owns slots is down. */
  map(): Promise<ClusterMap>;
  /** The connection to one node, by its id in the Cluster. */
  connection(id: string): Redis;
}

/** An open connection. Topologies differ only here: `nodes` says where keys are. */
export interface RedisConnection {
  /** Sends a command to the node that holds its key. */
  readonly client: RedisClient;
  /** Every node that holds keys of its own: the primaries. */
  nodes(): readonly Redis[];
  /** Undefined where there is no Cluster. */
  readonly cluster?: ClusterTopology;
  /** The address without credentials. */
  readonly address: string;
  close(): Promise<void>;
}

/** A Lua script from a file beside its module. */
export interface Script {
  readonly name: string;
  readonly source: string;
  /** SHA-1 of the source, as EVALSHA takes it. */
  readonly sha: string;
}
