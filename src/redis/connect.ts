import { Redis } from "ioredis";
import { describeRedis } from "../config/redis-url.js";
import type { RedisSettings, SentinelRedis, StandaloneRedis } from "../config/settings.js";
import { usageError } from "../errors.js";
import type { RedisConnection } from "./client.js";
import { connectCluster } from "./cluster.js";
import { explainRedisError } from "./errors.js";
import { nodeOptions, sentinelOptions } from "./options.js";
import { readTls } from "./tls.js";

export type { RedisClient, RedisConnection } from "./client.js";

/** Options of a connection. */
export interface ConnectOptions {
  /** Time limit for connecting and for each command, in milliseconds. */
  timeoutMs: number;
}

/**
 * Connects to Redis. Throws exit 2 (settings), 4 (refused) or 5 (unreachable). A URL of one node of a Cluster opens the
 * whole Cluster. It does not reconnect: a command-line tool reports the error instead.
 */
export async function connectRedis(settings: RedisSettings, options: ConnectOptions): Promise<RedisConnection> {
  const address = describeRedis(settings);
  const tls = await readTls(settings);
  try {
    if (settings.kind === "cluster")
      return await connectCluster(settings.nodes, nodeOptions(settings, tls, options), address);
    return await connectSingle(settings, tls, options, address);
  } catch (error) {
    throw explainRedisError(error, address);
  }
}

async function connectSingle(
  settings: StandaloneRedis | SentinelRedis,
  tls: Awaited<ReturnType<typeof readTls>>,
  options: ConnectOptions,
  address: string,
): Promise<RedisConnection> {
  const login = nodeOptions(settings, tls, options);
  const client = new Redis(
    settings.kind === "sentinel"
      ? sentinelOptions(settings, login)
      : { ...login, ...(settings.path ? { path: settings.path } : { host: settings.host, port: settings.port }) },
  );
  let last: Error | undefined;
  client.on("error", (error: Error) => {
    last = error;
  });
  try {
    await client.connect();
    await client.ping();
    // ioredis reports a database number that the server does not have only as an event; without this check, database 0
    // would be read instead.
    if (last) throw last;
    const mode = /(?:redis|server)_mode:(\w+)/.exec(await client.info("server"))?.[1];
    if (mode === "sentinel") throw sentinelByMistake(address);
    if (mode === "cluster" && settings.kind === "standalone") {
      client.disconnect();
      return await connectCluster([settings], login, address);
    }
  } catch (error) {
    client.disconnect();
    throw last ?? error;
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

const sentinelByMistake = (address: string) =>
  usageError({
    code: "redis-sentinel",
    message: `${address} is a Sentinel, which holds no keys`,
    hint: "name it with its service: REDIS_SENTINEL_NODES='[[\"host\",26379]]' REDIS_SERVICE_NAME=mymaster",
  });
