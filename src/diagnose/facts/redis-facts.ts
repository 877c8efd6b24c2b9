import type { RedisConnection } from "../../redis/connect.js";
import { explainRedisError } from "../../redis/errors.js";
import { redisTimeMs } from "../../redis/time.js";

/** What Redis says of itself. */
export interface RedisFacts {
  readonly address: string;
  readonly version: string | null;
  /** Random name of each server process that holds keys. */
  readonly runIds: readonly string[];
  /** Bytes; 0 means no bound. */
  readonly maxmemory: number | null;
  readonly policy: string | null;
  /** Redis TIME, ms. */
  readonly timeMs: number;
}

/** INFO and TIME; no CONFIG, which many hosted servers refuse. */
export async function readRedisFacts({ client, nodes, address }: RedisConnection): Promise<RedisFacts> {
  try {
    const infos = await Promise.all(nodes().map((node) => node.info()));
    const timeMs = await redisTimeMs(client);
    const fields = (name: string) =>
      infos.map((info) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1]).filter((value) => value !== undefined);
    const field = (name: string) => fields(name)[0] ?? null;
    const maxmemory = field("maxmemory");
    return {
      address,
      version: field("(?:redis|valkey)_version"),
      runIds: fields("run_id"),
      maxmemory: maxmemory === null ? null : Number(maxmemory),
      policy: field("maxmemory_policy"),
      timeMs,
    };
  } catch (error) {
    throw explainRedisError(error, address);
  }
}
