import type { RedisClient } from "./connect.js";

/** Redis TIME in ms since 1970. */
export async function redisTimeMs(client: Pick<RedisClient, "time">): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
