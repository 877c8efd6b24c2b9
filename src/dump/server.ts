import type { DumpDocument } from "../output/documents/dump.js";
import type { RedisConnection } from "../redis/connect.js";
import { redisTimeMs } from "../redis/time.js";

/** Reads which server answers, and its clock. */
export async function readServer({ client, address }: RedisConnection): Promise<DumpDocument["redis"]> {
  const info = await client.info("server");
  const timeMs = await redisTimeMs(client);
  // Valkey also reports the release of Redis that it is compatible with.
  const version = /valkey_version:(\S+)/.exec(info) ?? /redis_version:(\S+)/.exec(info);
  return {
    url: address,
    version: version?.[1] ?? null,
    time: new Date(timeMs).toISOString(),
  };
}
