import type { RedisClient, Script } from "./client.js";

/** Runs a script that takes or returns bytes, such as a DUMP: every text of its reply comes as a Buffer. */
export async function runScriptOnBytes(
  redis: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.callBuffer("EVALSHA", script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return redis.callBuffer("EVAL", script.source, keys.length, ...keys, ...args);
  }
}
