import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RedisClient } from "./connect.js";

/** A Lua script from a file beside its module. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha: string;
}

/** Reads `lua/NAME.lua` beside the module that asks: `loadScript(import.meta.url, "read")`. */
export function loadScript(moduleUrl: string, name: string): Script {
  const source = readFileSync(new URL(`lua/${name}.lua`, moduleUrl), "utf8");
  return { name, source, sha: createHash("sha1").update(source).digest("hex") };
}

/** Runs a script on keys that share one hash slot; EVALSHA first, the whole text when the server does not know it. */
export async function runScript(
  redis: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return redis.eval(script.source, keys.length, ...keys, ...args);
  }
}

/** The same for a script that returns bytes, such as a DUMP: every bulk reply comes as a Buffer. */
export async function runScriptForBytes(redis: RedisClient, script: Script, keys: readonly string[]): Promise<unknown> {
  try {
    return await redis.callBuffer("EVALSHA", script.sha, keys.length, ...keys);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return redis.callBuffer("EVAL", script.source, keys.length, ...keys);
  }
}
