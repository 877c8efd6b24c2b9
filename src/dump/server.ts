import type { DumpDocument } from "../output/documents/dump.js";
import type { RedisConnection } from "../redis/connect.js";

/** Reads which server answers, and its clock. */
export async function readServer({ client, address }: RedisConnection): Promise<DumpDocument["redis"]> {
  const info = await client.info("server");
  const [seconds, micros] = (await client.time()).map(Number) as [number, number];
  // Valkey also reports the release of Redis that it is compatible with.
  const version = /valkey_version:(\S+)/.exec(info) ?? /redis_version:(\S+)/.exec(info);
  return {
    url: address,
    version: version?.[1] ?? null,
    time: new Date(seconds * 1000 + Math.floor(micros / 1000)).toISOString(),
  };
}
