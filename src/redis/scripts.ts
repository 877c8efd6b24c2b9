import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { findMissingRight, isRightOfScript } from "./acl.js";
import type { RedisClient, Script } from "./client.js";

export type { Script } from "./client.js";

/** Reads `lua/NAME.lua` beside the calling module: `loadScript(import.meta.url, "read")`. */
export function loadScript(moduleUrl: string, name: string): Script {
  const source = readFileSync(new URL(`lua/${name}.lua`, moduleUrl), "utf8");
  return { name, source, sha: createHash("sha1").update(source).digest("hex") };
}

/** Runs a script on keys of one hash slot: EVALSHA first, the whole text when the server does not know it. */
export async function runScript(
  redis: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw await named(error);
  }
  try {
    return await redis.eval(script.source, keys.length, ...keys, ...args);
  } catch (error) {
    throw await named(error);
  }

  async function named(error: unknown): Promise<unknown> {
    if (!isRightOfScript(error)) return error;
    return (await findMissingRight(redis, script, keys[0] ?? "llmctl")) ?? error;
  }
}
