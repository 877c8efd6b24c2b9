import { Redis, type RedisOptions } from "ioredis";
import { describeRedis } from "../config/redis-url.js";
import type { RedisSettings } from "../config/settings.js";
import { explainRedisError } from "./explain.js";

/** An open connection. Topologies differ only here: who works with keys asks `nodes` where they are. */
export interface RedisConnection {
  /** Sends a command to the node that holds its key. */
  readonly client: Redis;
  /** Every node that holds keys of its own: one here. */
  nodes(): readonly Redis[];
  /** The address without credentials. */
  readonly address: string;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Limit for the connection and for each command, in milliseconds. */
  timeoutMs: number;
}

/** Connects, or throws with exit 4 (refused) or 5 (not reached). It does not reconnect: a command-line tool says what is wrong instead. */
export async function connectRedis(settings: RedisSettings, { timeoutMs }: ConnectOptions): Promise<RedisConnection> {
  const address = describeRedis(settings);
  const client = new Redis(clientOptions(settings, timeoutMs));
  let last: Error | undefined;
  client.on("error", (error: Error) => {
    last = error;
  });
  try {
    await client.connect();
    await client.ping();
    // A database number that the server does not have is told by an event only; without this, database 0 would be read instead.
    if (last) throw last;
  } catch (error) {
    client.disconnect();
    throw explainRedisError(last ?? error, address);
  }
  return {
    client,
    nodes: () => [client],
    address,
    async close() {
      client.disconnect();
    },
  };
}

function clientOptions(settings: RedisSettings, timeoutMs: number): RedisOptions {
  return {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableReadyCheck: false,
    db: settings.db,
    connectionName: "llmctl",
    ...(settings.path ? { path: settings.path } : { host: settings.host, port: settings.port }),
    ...(settings.username ? { username: settings.username } : {}),
    ...(settings.password ? { password: settings.password } : {}),
    ...(settings.tls ? { tls: {} } : {}),
  };
}
